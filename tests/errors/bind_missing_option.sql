CREATE STREAM s (a BIGINT) WITH (connector = 'kafka', format = 'json');
SELECT * FROM s;
