CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
SELECT click_id FROM clicks WHERE user_id IN (1, '2147483648');
SELECT click_id FROM clicks WHERE user_id IN (1, 'x') OR user_id NOT IN ('y', 2) OR nullif(user_id, 'z') = 1;
