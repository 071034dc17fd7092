CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE SINK k (a STRING, b DOUBLE, PRIMARY KEY (a)) WITH (connector = 'postgres', url = 'postgresql://h/d', table = 't');
INSERT INTO k SELECT click_id, price FROM clicks DEDUPLICATE BY (click_id) WITHIN 10 MINUTES WHERE price > 0;
