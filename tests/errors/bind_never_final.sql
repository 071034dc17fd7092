CREATE STREAM live (
  id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1' MINUTE
) WITH (connector = 'kafka', topic = 'live', format = 'json', brokers = 'localhost:9092');
SELECT user_id, COUNT(*) FROM live GROUP BY user_id EMIT FINAL;
