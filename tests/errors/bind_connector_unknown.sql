CREATE STREAM s (a BIGINT) WITH (connector = 'kafak', topic = 't');
SELECT * FROM s;
