CREATE STREAM s (a BIGINT, part INTEGER METADATA FROM 'partitoin', o STRING METADATA FROM 'offset')
WITH (connector = 'file', path = 's.jsonl', format = 'json');
SELECT * FROM s;
