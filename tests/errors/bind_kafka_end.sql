CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE STREAM orders (id BIGINT) WITH (connector = 'kafka', topic = 'orders');
CREATE STREAM past_orders (id BIGINT) WITH (connector = 'kafka', topic = 'orders', end = 'latest');
SELECT COUNT(*) FROM past_orders EMIT FINAL;
SELECT COUNT(*) FROM orders EMIT FINAL;
