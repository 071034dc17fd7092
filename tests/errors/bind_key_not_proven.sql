CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>, tags ARRAY<STRING>,
  payload JSON, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE SINK k (a STRING, b TIMESTAMP, n BIGINT, PRIMARY KEY (a)) WITH (connector = 'postgres', url = 'postgresql://h/d', table = 't');
INSERT INTO k SELECT click_id, window_start, COUNT(*) FROM clicks WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY click_id;
