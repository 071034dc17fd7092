CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
-- equal event times are a time range; equal columns that are no event times are not
SELECT a.click_id FROM clicks a JOIN clicks b ON a.click_time = b.click_time AND a.click_id = b.click_id;
SELECT a.click_id FROM clicks a JOIN clicks b ON a.click_time = b.click_time + INTERVAL '5' MINUTE;
SELECT a.click_id FROM clicks a JOIN clicks b ON a.user_id = b.user_id;
