CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE SINK back WITH (connector = 'file', path = './clicks.jsonl', format = 'json');
CREATE SINK one WITH (connector = 'file', path = 'out/one.csv', format = 'csv');
CREATE SINK two WITH (connector = 'file', path = 'out/../out/one.csv', format = 'csv');
CREATE STREAM all_logs (id BIGINT) WITH (connector = 'file', path = 'logs/*.jsonl');
CREATE SINK log WITH (connector = 'file', path = 'logs/today.jsonl');
CREATE SINK nowhere WITH (connector = 'file', path = '');
INSERT INTO back SELECT click_id FROM clicks;
INSERT INTO one SELECT click_id FROM clicks;
INSERT INTO two SELECT click_id FROM clicks;
INSERT INTO log SELECT id FROM all_logs;
INSERT INTO nowhere SELECT id FROM all_logs;
