CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE SINK late (click_id STRING, usr_id INTEGER, late_by INTERVAL) WITH (connector = 'blackhole');
CREATE SINK out WITH (connector = 'console');
INSERT INTO out SELECT COUNT(*) FROM clicks WINDOW TUMBLING (SIZE 1 HOUR) LATE DATA TO late;
