CREATE TABLE clicks (`click_id` STRING, `user_id` BIGINT, `ts` TIMESTAMP(3), WATERMARK FOR `ts` AS `ts` - INTERVAL '5' SECOND)
WITH ('connector' = 'file', 'path' = 'clicks.jsonl', 'format' = 'json');
CREATE TABLE counts (`window_start` TIMESTAMP(3), `n` BIGINT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN
INSERT INTO counts SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end;
END;
