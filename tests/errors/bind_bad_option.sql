CREATE STREAM s (a BIGINT) WITH (connector = 'file', path = 's.jsonl', format = 'xml', idle_timeout = 'soon');
SELECT * FROM s;
