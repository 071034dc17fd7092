CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>, tags ARRAY<STRING>,
  payload JSON, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE FUNCTION f(x DOUBLE) RETURNS DOUBLE AS 'f(x) + 1';
CREATE FUNCTION g(x DOUBLE, y DOUBLE) RETURNS DOUBLE AS 'x + z';
SELECT f(1.0), g(1.0), g(1.0, 2.0) FROM clicks;
