-- the sink of the first INSERT takes the second one's late rows as well: one sink node
CREATE STREAM clicks (click_id STRING NOT NULL, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time)
WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE SINK odd (click_id STRING, late_by INTERVAL) WITH (connector = 'blackhole');
CREATE SINK counts WITH (connector = 'console');
INSERT INTO odd (click_id) SELECT click_id FROM clicks WHERE click_id LIKE '%odd';
INSERT INTO counts SELECT window_start, COUNT(*) FROM clicks WINDOW TUMBLING (SIZE 5 MINUTES) LATE DATA TO odd;
