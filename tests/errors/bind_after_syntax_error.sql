CREATE TABLE s (a, b STRING) WITH (connector = 'file', path = 's.jsonl', format = 'json');
SELECT * FROM s;
