CREATE STREAM s (a BIGINT, b AS a + x, CHECK (a + 1)) WITH (connector = 'file', path = 's.jsonl', format = 'json');
SELECT * FROM s;
