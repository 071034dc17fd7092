CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>, tags ARRAY<STRING>,
  payload JSON, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
SELECT CAST(price AS DECIMAL(39,2)), CAST(price AS DECIMAL(4,5)) FROM clicks;
SELECT CAST(click_time AS TIMESTAMP(9)) FROM clicks;
CREATE STREAM metadata (ts TIMESTAMP(0) METADATA FROM 'timestamp', parts ARRAY<TIMESTAMP(3)>) WITH (connector = 'file', path = 'm.jsonl', format = 'json');
