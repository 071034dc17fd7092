CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, campaign STRING, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>,
  click_time TIMESTAMP, hour AS date_trunc('hour', click_time), part INTEGER METADATA FROM 'partition', CHECK (price >= 0),
  WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE SINK out WITH (connector = 'console');
-- three spellings, one plan
INSERT INTO out SELECT window_start, COUNT(*) FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(click_time), INTERVAL '1' MINUTE, INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
INSERT INTO out SELECT window_start, COUNT(*) FROM HOP(TABLE clicks, DESCRIPTOR(click_time), INTERVAL '1' MINUTE, INTERVAL '5' MINUTES) GROUP BY window_start;
INSERT INTO out SELECT window_start, COUNT(*) FROM clicks WINDOW HOPPING (SIZE 5 MINUTES, ADVANCE BY 1 MINUTE);
