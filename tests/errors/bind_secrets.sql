CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), device STRUCT<os STRING, model STRING>, tags ARRAY<STRING>,
  payload JSON, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE SINK a WITH (connector = 'postgres', url = SECRET 'vault:url', table = 't');
CREATE SINK b WITH (connector = 'postgres', url = SECRET 'file:/no/such/file', table = 't');
CREATE SINK c WITH (connector = 'postgres', url = SECRET 'env:NO_SUCH_URL', table = 't');
INSERT INTO a SELECT click_id FROM clicks;
INSERT INTO b SELECT click_id FROM clicks;
INSERT INTO c SELECT click_id FROM clicks;
