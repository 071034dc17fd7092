CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
SELECT COUNT(*) FROM clicks WINDOW TUMBLING (SIZE 200000000 DAYS);
SELECT a.click_id FROM clicks a JOIN clicks b WITHIN 2000000000 DAYS ON a.click_id = b.click_id;
SELECT click_id FROM clicks DEDUPLICATE BY (click_id) WITHIN 400000 DAYS;
