CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, campaign STRING, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>,
  click_time TIMESTAMP, hour AS date_trunc('hour', click_time), part INTEGER METADATA FROM 'partition', CHECK (price >= 0),
  WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE SINK out WITH (connector = 'console');
CREATE SINK other WITH (connector = 'blackhole');
CREATE VIEW metrics AS SELECT window_start, campaign, COUNT(*) AS n, SUM(price) AS spent FROM clicks DEDUPLICATE BY (click_id) WITHIN 10 MINUTES
WINDOW TUMBLING (SIZE 5 MINUTES) GROUP BY campaign;
INSERT INTO out SELECT campaign, n FROM metrics;
INSERT INTO other SELECT campaign, spent FROM metrics WHERE n > 1;
