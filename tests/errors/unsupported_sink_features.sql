CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>, tags ARRAY<STRING>,
  payload JSON, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE SINK a (x STRING, CHECK (x <> '')) WITH (connector = 'console');
CREATE SINK b (x STRING) PARTITIONED BY (x) WITH (connector = 'file', path = 'b', format = 'json');
CREATE TABLE c (x STRING, PRIMARY KEY (x)) WITH (connector = 'kafka', topic = 't', brokers = 'h:1', format = 'json');
INSERT INTO a SELECT click_id FROM clicks;
INSERT INTO b SELECT click_id FROM clicks;
INSERT INTO c SELECT click_id FROM clicks DEDUPLICATE BY (click_id) WITHIN 1 DAY;
