// A script of about a hundred lines that uses most of the language: for round trips, damage and timing.
#pragma once

namespace streamql {

inline constexpr const char* kSampleScript = R"sql(-- Clicks and conversions
SET parallelism = 4;
SET checkpoint_interval = 10 SECONDS;
CREATE STREAM clicks (
  click_id   STRING NOT NULL,
  user_id    BIGINT,
  device     STRUCT<os STRING, model STRING>,
  tags       ARRAY<STRING>,
  price      DECIMAL(12,2),
  click_time TIMESTAMP,
  hour       AS date_trunc('hour', click_time),
  part       INTEGER METADATA FROM 'partition',
  CHECK (price >= 0),
  WATERMARK FOR click_time AS click_time - INTERVAL '10' MINUTE
) WITH (connector = 'kafka', topic = 'clicks', format = 'json', brokers = '${HOST:-localhost}:9092');
CREATE STREAM conversions (
  conversion_id STRING NOT NULL,
  user_id BIGINT,
  value DECIMAL(18, 4),
  currency STRING,
  conversion_time TIMESTAMP(3),
  CONSTRAINT known CHECK (currency IN ('EUR', 'USD')),
  WATERMARK FOR conversion_time AS conversion_time - INTERVAL '5 minutes'
) WITH ('connector' = 'file', 'path' = 'in/*.json.gz', follow = true, 'rows' = 1000);
CREATE TABLE users (
  id BIGINT,
  name STRING,
  properties MAP<STRING, STRING>,
  PRIMARY KEY (id) NOT ENFORCED
) WITH (connector = 'postgres', url = SECRET 'env:PGURL', lookup.cache.max_rows = 10000, lookup.cache.ttl = '10 min');
CREATE SINK metrics PARTITIONED BY (campaign_id) WITH (connector = 'file', format = 'parquet', path = 'out');
CREATE FUNCTION net(x DECIMAL(18, 4), rate DOUBLE) RETURNS DOUBLE AS 'x * (1 - rate)';
CREATE VIEW attributed AS
SELECT v.conversion_id, v.user_id, c.click_id, c.device.os AS os, v.value,
       v.conversion_time - c.click_time AS delay
FROM conversions v DEDUPLICATE BY (conversion_id) ORDER BY conversion_time WITHIN 1 HOUR
  LEFT JOIN clicks c WITHIN (30 MINUTES BEFORE, 0 SECONDS AFTER) GRACE PERIOD 1 MINUTE
    ON v.user_id = c.user_id
    ATTRIBUTE FIRST
WHERE v.value > 0 AND v.currency IS NOT NULL;
INSERT INTO metrics
SELECT campaign_id, window_start, count(*) AS n, sum(value) FILTER (WHERE os = 'ios') AS ios,
       count(DISTINCT user_id) AS users,
       avg(EXTRACT(EPOCH FROM delay)) AS mean_delay,
       CASE WHEN count(*) > 10 THEN 'many' WHEN count(*) > 1 THEN 'some' ELSE 'one' END AS how_many
FROM attributed a
  JOIN users FOR SYSTEM_TIME AS OF a.conversion_time AS u ON a.user_id = u.id
WINDOW TUMBLING (SIZE 5 MINUTES, OFFSET 30 SECONDS, TIMEZONE 'Europe/Berlin', GRACE PERIOD 1 HOUR)
WHERE u.properties['country'] <> 'XX' AND a.os LIKE 'i%' AND NOT a.value BETWEEN 1 AND 2
GROUP BY campaign_id, ROLLUP (os, (u.name, u.id))
HAVING count(*) > 1 OR sum(value) / 2 >= 10.5
EMIT FINAL
LATE DATA TO late;
INSERT INTO top
WITH ranked AS (
  SELECT category, product, revenue,
         row_number() OVER (PARTITION BY category ORDER BY revenue DESC NULLS LAST) AS rank
  FROM (SELECT category, product, sum(price * quantity) AS revenue FROM purchases GROUP BY category, product) AS p
)
SELECT category, product, revenue FROM ranked WHERE rank <= 3
EMIT CHANGES;
SELECT user_id, lag(value) OVER w AS before,
       sum(value) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW) AS moving
FROM purchases
WINDOW w AS (PARTITION BY user_id ORDER BY ts)
QUALIFY row_number() OVER w <= 10;
SELECT window_start, window_end, auction, count(*) AS bids
FROM TABLE(HOP(TABLE bid, DESCRIPTOR(date_time), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
GROUP BY window_start, window_end, auction
UNION ALL
SELECT s, e, NULL, -1 FROM other WHERE EXISTS (SELECT 1 FROM x WHERE x.k = other.k) WITHIN 5 MINUTES
ORDER BY bids DESC, 1 LIMIT 10;
SELECT t.tag, upper(trim(BOTH ' ' FROM t.tag)) || '-' || CAST(n AS STRING), payload -> 'a' ->> 'b',
       ts AT TIME ZONE 'Europe/Berlin', d::DATE, ARRAY[1, 2, 3][2], MAP['a', 1, 'b', 2]
FROM events, UNNEST(tags) WITH ORDINALITY AS t (tag, n)
WHERE (a, b) IN (SELECT c, d FROM e) AND x IS NOT DISTINCT FROM y AND z NOT IN (1, 2, 3);
EXECUTE STATEMENT SET BEGIN
INSERT INTO one SELECT a FROM t EMIT PERIODIC 10 SECONDS;
INSERT INTO two (x, y) VALUES (1, 'a'), (2, 'b');
END;
)sql";

}  // namespace streamql
