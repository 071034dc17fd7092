CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, campaign STRING, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>,
  click_time TIMESTAMP, hour AS date_trunc('hour', click_time), part INTEGER METADATA FROM 'partition', CHECK (price >= 0),
  WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE FUNCTION net(x DECIMAL(12,2), rate DOUBLE) RETURNS DOUBLE AS 'x / (1 + rate)';
WITH big AS (SELECT click_id, price, campaign FROM clicks WHERE price > 100), spring (id, p) AS (SELECT click_id, price FROM big WHERE campaign = 'spring')
SELECT s.id, net(s.p, 0.19) AS net FROM (SELECT * FROM spring) AS s;
