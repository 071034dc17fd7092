CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, campaign STRING, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>,
  click_time TIMESTAMP, hour AS date_trunc('hour', click_time), part INTEGER METADATA FROM 'partition', CHECK (price >= 0),
  WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
SELECT window_start, campaign, COUNT(*), SUM(price) AS spent, COUNT(DISTINCT user_id) FILTER (WHERE price > 1) AS users
FROM clicks WINDOW TUMBLING (SIZE 5 MINUTES, OFFSET 1 MINUTE, GRACE PERIOD 1 MINUTE) WHERE price > 0 GROUP BY campaign HAVING COUNT(*) > 1;
