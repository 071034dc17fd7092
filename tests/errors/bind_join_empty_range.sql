CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>, tags ARRAY<STRING>,
  payload JSON, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE STREAM orders (
  order_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), order_time TIMESTAMP,
  WATERMARK FOR order_time AS order_time
) WITH (connector = 'file', path = 'orders.jsonl', format = 'json');
SELECT c.click_id FROM clicks c JOIN orders o
  ON c.user_id = o.user_id AND o.order_time BETWEEN c.click_time + INTERVAL '2' HOUR AND c.click_time + INTERVAL '1' HOUR;
