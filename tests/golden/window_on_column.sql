CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, campaign STRING, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>,
  click_time TIMESTAMP, hour AS date_trunc('hour', click_time), part INTEGER METADATA FROM 'partition', CHECK (price >= 0),
  WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE STREAM orders (
  order_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), order_time TIMESTAMP,
  WATERMARK FOR order_time AS order_time - INTERVAL '5' MINUTE
) WITH (connector = 'kafka', topic = 'orders', format = 'json', brokers = 'localhost:9092');
SELECT window_start, COUNT(*) FROM orders o JOIN clicks c WITHIN (30 MINUTES BEFORE, 0 MINUTES AFTER) ON o.user_id = c.user_id
WINDOW TUMBLING (ON c.click_time, SIZE 5 MINUTES);
