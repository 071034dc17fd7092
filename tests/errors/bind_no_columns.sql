CREATE STREAM s WITH (connector = 'file', path = 's.jsonl', format = 'json');
SELECT * FROM s;
