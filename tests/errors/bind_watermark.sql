CREATE STREAM a (id BIGINT, ts TIMESTAMP, WATERMARK FOR tss AS tss) WITH (connector = 'file', path = 'a.jsonl', format = 'json');
CREATE STREAM b (id BIGINT, ts BIGINT, WATERMARK FOR ts AS ts) WITH (connector = 'file', path = 'b.jsonl', format = 'json');
CREATE STREAM c (id BIGINT, ts TIMESTAMP, WATERMARK FOR ts AS date_trunc('hour', ts)) WITH (connector = 'file', path = 'c.jsonl', format = 'json');
CREATE STREAM d (id BIGINT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1' MONTH) WITH (connector = 'file', path = 'd.jsonl', format = 'json');
SELECT id FROM a;
