CREATE STREAM s (a BIGINT) WITH (connector = 'file', pth = 's.jsonl', format = 'json');
SELECT * FROM s;
