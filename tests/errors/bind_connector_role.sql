CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>, tags ARRAY<STRING>,
  payload JSON, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE STREAM s (a BIGINT) WITH (connector = 'blackhole');
CREATE SINK g WITH (connector = 'generate', name = 'clicks');
INSERT INTO g SELECT click_id FROM clicks;
