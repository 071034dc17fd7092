CREATE STREAM s (a BIGINT) WITH (connector = 'file', path = 's.jsonl');
SET on_error = 'maybe';
SET max_error_rate = 'most';
SELECT a FROM s;
