CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>, tags ARRAY<STRING>,
  payload JSON, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE STREAM orders (
  order_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), order_time TIMESTAMP,
  WATERMARK FOR order_time AS order_time
) WITH (connector = 'file', path = 'orders.jsonl', format = 'json');
SELECT c.click_id FROM clicks c JOIN orders o WITHIN (5 MINUTES BEFORE, 0 MINUTES AFTER) ON c.click_id = o.user_id;
