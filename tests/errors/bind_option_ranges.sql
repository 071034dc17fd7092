CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE STREAM a (id BIGINT) WITH (connector = 'file', path = '', max_error_rate = 5, max_record_bytes = '0', connect_timeout = 'off');
CREATE STREAM b (id BIGINT) WITH (connector = 'kafka', topic = 't', max_error_rate = -1, partitions = 0, prefetch = '1');
CREATE STREAM c (id BIGINT) WITH (connector = 'generate', name = 'clicks', rows = -5, rate = -1, users = 0, disorder = 2, spacing = '0s');
CREATE SINK k WITH (connector = 'file', path = 'k', rotate.rows = -1, rotate.interval = '0s');
CREATE SINK p (id BIGINT) WITH (connector = 'postgres', port = 70000, connect_timeout = '0s');
INSERT INTO k SELECT click_id FROM clicks;
INSERT INTO p SELECT 1 FROM clicks;
