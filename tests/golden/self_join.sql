CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, campaign STRING, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>,
  click_time TIMESTAMP, hour AS date_trunc('hour', click_time), part INTEGER METADATA FROM 'partition', CHECK (price >= 0),
  WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
-- one scan, one deduplication
CREATE VIEW once AS SELECT * FROM clicks DEDUPLICATE BY (click_id) WITHIN 1 HOUR;
SELECT a.click_id, b.click_id AS before FROM once a JOIN once b WITHIN (10 MINUTES BEFORE, 0 MINUTES AFTER) ON a.user_id = b.user_id AND a.click_id <> b.click_id;
