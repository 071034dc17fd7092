CREATE STREAM s (a BIGINT) WITH (path = 's.jsonl', format = 'json');
SELECT * FROM s;
