CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>, tags ARRAY<STRING>,
  payload JSON, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
SELECT STRING_AGG(click_id, ',' ORDER BY click_time) FROM clicks WINDOW TUMBLING (SIZE 1 HOUR);
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY price) FROM clicks WINDOW TUMBLING (SIZE 1 HOUR);
SELECT SUM(DISTINCT price), MEDIAN(price), ARRAY_AGG(click_id), STDDEV(price) FROM clicks WINDOW TUMBLING (SIZE 1 HOUR);
