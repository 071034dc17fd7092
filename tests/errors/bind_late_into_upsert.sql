CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>, tags ARRAY<STRING>,
  payload JSON, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE SINK out WITH (connector = 'console');
CREATE SINK up (click_id STRING, late_by INTERVAL, PRIMARY KEY (click_id)) WITH (connector = 'postgres', url = 'postgresql://h/d', table = 't');
INSERT INTO out SELECT COUNT(*) FROM clicks WINDOW TUMBLING (SIZE 1 HOUR) LATE DATA TO up;
