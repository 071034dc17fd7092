CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
-- what NUMERIC cannot hold is DOUBLE, where that can
SELECT click_id FROM clicks WHERE price > 1e40 OR price < 1e-60 OR price = 1.5e3;
SELECT click_id FROM clicks WHERE price > 1e400;
