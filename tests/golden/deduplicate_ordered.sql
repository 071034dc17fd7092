CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, campaign STRING, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>,
  click_time TIMESTAMP, hour AS date_trunc('hour', click_time), part INTEGER METADATA FROM 'partition', CHECK (price >= 0),
  WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
SELECT * FROM clicks DEDUPLICATE BY (user_id, campaign) ORDER BY click_time WITHIN 1 DAY;
