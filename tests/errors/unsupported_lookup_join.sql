CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>, tags ARRAY<STRING>,
  payload JSON, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE TABLE users (id BIGINT, name STRING, PRIMARY KEY (id)) WITH (connector = 'file', path = 'users.csv', format = 'csv');
SELECT c.click_id FROM clicks c JOIN users FOR SYSTEM_TIME AS OF c.click_time AS u ON c.user_id = u.id;
SELECT c.click_id FROM clicks c JOIN users u ON c.user_id = u.id;
