CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
-- a row of the inner window falls into several hops: window_start alone is no key
CREATE SINK k (a TIMESTAMP, b TIMESTAMP, n DECIMAL(38,0), PRIMARY KEY (a)) WITH (connector = 'postgres', url = 'postgresql://h/d', table = 't');
CREATE VIEW minutes AS SELECT window_start AS minute, window_end AS minute_end, COUNT(*) AS n FROM clicks WINDOW TUMBLING (SIZE 1 MINUTE);
INSERT INTO k SELECT minute, window_end, SUM(n) FROM minutes WINDOW HOPPING (SIZE 1 HOUR, ADVANCE BY 10 MINUTES) GROUP BY minute, minute_end;
