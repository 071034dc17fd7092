CREATE STREAM s (a BIGINT, b STRING, a STRING) WITH (connector = 'file', path = 's.jsonl', format = 'json');
SELECT * FROM s;
