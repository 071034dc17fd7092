CREATE STREAM plain (id STRING, n INTEGER) WITH (connector = 'file', path = 'plain.jsonl', format = 'json');
SELECT COUNT(*) FROM plain WINDOW TUMBLING (SIZE 5 MINUTES);
SELECT * FROM plain DEDUPLICATE BY (id) WITHIN 5 MINUTES;
SELECT * FROM plain a JOIN plain b WITHIN (5 MINUTES BEFORE, 0 MINUTES AFTER) ON a.id = b.id;
