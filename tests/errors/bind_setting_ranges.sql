CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id INTEGER, price DOUBLE, amount DECIMAL(12,2), click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
SET parallelism = 129;
SET batch_rows = 99999999999;
SET checkpoint_interval = '0s';
SET until_idle = 'off';
SET on_error = 'maybe';
SET max_error_rate = 5;
SET job = '../../evil';
SET state_dir = '';
SELECT click_id FROM clicks;
