CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE STREAM a (id BIGINT, ts TIMESTAMP, WATERMARK FOR ts AS ts) WITH (connector = 'file', path = 'a.jsonl', dead_letter = 'late');
CREATE STREAM b (id BIGINT, ts TIMESTAMP, WATERMARK FOR ts AS ts) WITH (connector = 'file', path = 'b.jsonl', dead_letter = 'out');
CREATE STREAM c (id BIGINT, ts TIMESTAMP, WATERMARK FOR ts AS ts) WITH (connector = 'file', path = 'c.jsonl', dead_letter = 'letters');
CREATE STREAM d (id BIGINT, ts TIMESTAMP, WATERMARK FOR ts AS ts) WITH (connector = 'file', path = 'd.jsonl', dead_letter = 'letters');
CREATE SINK late WITH (connector = 'blackhole');
CREATE SINK letters WITH (connector = 'blackhole');
CREATE SINK out WITH (connector = 'console');
INSERT INTO out SELECT COUNT(*) FROM a WINDOW TUMBLING (SIZE 1 HOUR) LATE DATA TO late;
INSERT INTO out SELECT id FROM b;
INSERT INTO out SELECT id FROM c;
INSERT INTO out SELECT id FROM d;
