SET timezone = 'Europe/Berlin';
CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, campaign STRING, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>,
  click_time TIMESTAMP, hour AS date_trunc('hour', click_time), part INTEGER METADATA FROM 'partition', CHECK (price >= 0),
  WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
SELECT TIMESTAMPTZ '2024-07-01 12:00', 1 + 2 * 3 AS seven, CASE WHEN 1 > 2 THEN 1 / 0 ELSE 5 END AS five, price > 1 AND TRUE AS b FROM clicks WHERE TRUE OR price > 1;
