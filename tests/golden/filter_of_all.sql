-- the same filter in both queries is one node, and goes below the join that they share
CREATE STREAM clicks (
  click_id STRING NOT NULL, user_id BIGINT, campaign STRING, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time
) WITH (connector = 'file', path = 'clicks.jsonl', format = 'json');
CREATE STREAM orders (
  order_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), order_time TIMESTAMP, WATERMARK FOR order_time AS order_time
) WITH (connector = 'file', path = 'orders.jsonl', format = 'json');
CREATE SINK ids (order_id STRING NOT NULL, campaign STRING NOT NULL) WITH (connector = 'blackhole');
CREATE SINK prices WITH (connector = 'blackhole');
CREATE VIEW touched AS SELECT o.order_id, o.price, c.campaign FROM orders o
JOIN clicks c WITHIN (30 MINUTES BEFORE, 0 MINUTES AFTER) ON o.user_id = c.user_id;
INSERT INTO ids SELECT order_id, campaign FROM touched WHERE campaign = 'x' AND price > 100;
INSERT INTO prices SELECT price FROM touched WHERE campaign = 'x' AND price > 100;
