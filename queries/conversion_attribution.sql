-- Conversion attribution: which campaign's click led to a purchase, and what each campaign earned, every five minutes.
--
-- Clicks and conversions come from mobile SDKs and web pixels, twice now and then, out of order, sometimes broken. Copies go by
-- id; a record that makes no sense (no user, a negative value, an unknown currency) becomes a dead letter. A
-- conversion belongs to the user's first click of the 30 minutes before it.
--
--   without servers:                streamql run queries/conversion_attribution.sql --local
--   with Kafka and PostgreSQL:      tools/servers.sh start && eval "$(tools/servers.sh env)"
--                                   streamql generate clicks --to kafka && streamql generate conversions --to kafka
--                                   streamql run queries/conversion_attribution.sql
--
-- Settings from the environment: KAFKA_BROKERS, POSTGRES_URL, ATTRIBUTION_WINDOW (30 minutes), KAFKA_END (never).

CREATE STREAM clicks (
  click_id    STRING NOT NULL,
  user_id     BIGINT NOT NULL,
  campaign_id STRING NOT NULL,
  source      STRING,
  click_time  TIMESTAMP,
  WATERMARK FOR click_time AS click_time - INTERVAL '5' MINUTE
) WITH (
  connector = 'kafka', topic = 'clicks', format = 'json',
  brokers = '${KAFKA_BROKERS:-localhost:9092}', create = 'if_missing', partitions = 4,
  end = '${KAFKA_END:-never}',
  generator = 'clicks', generator.rows = 200000, generator.disorder = 0.1, generator.late = 0.001,
  generator.duplicates = 0.02, generator.malformed = 0.005
);

CREATE STREAM conversions (
  conversion_id   STRING NOT NULL,
  user_id         BIGINT NOT NULL,
  value           DECIMAL(12,2) NOT NULL,
  currency        STRING NOT NULL,
  conversion_time TIMESTAMP,
  CHECK (value >= 0),
  CHECK (currency IN ('EUR', 'USD', 'GBP')),
  WATERMARK FOR conversion_time AS conversion_time - INTERVAL '5' MINUTE
) WITH (
  connector = 'kafka', topic = 'conversions', format = 'json',
  brokers = '${KAFKA_BROKERS:-localhost:9092}', create = 'if_missing', partitions = 4,
  end = '${KAFKA_END:-never}',
  generator = 'conversions', generator.rows = 20000, generator.disorder = 0.1, generator.late = 0.001,
  generator.duplicates = 0.02, generator.malformed = 0.005
);

-- One row a conversion that a click led to.
CREATE VIEW attributed AS
SELECT v.conversion_id, v.user_id, c.campaign_id, v.value,
       extract(epoch FROM v.conversion_time - c.click_time) AS seconds_to_convert
FROM conversions v DEDUPLICATE BY (conversion_id) WITHIN 10 MINUTES
JOIN clicks c DEDUPLICATE BY (click_id) WITHIN 10 MINUTES
  WITHIN (INTERVAL '${ATTRIBUTION_WINDOW:-30 minutes}' BEFORE, 0 MINUTES AFTER)
  ON v.user_id = c.user_id
  ATTRIBUTE FIRST;

-- Clicks and attributed conversions in one stream, each at its own time.
CREATE VIEW touches AS
SELECT campaign_id, user_id, 1 AS click, 0 AS conversion, CAST(NULL AS DECIMAL(12,2)) AS value, CAST(NULL AS NUMERIC) AS seconds_to_convert
FROM clicks DEDUPLICATE BY (click_id) WITHIN 10 MINUTES
UNION ALL
SELECT campaign_id, user_id, 0, 1, value, seconds_to_convert FROM attributed;

CREATE VIEW campaign_metrics AS
SELECT window_start, window_end, campaign_id,
       SUM(click) AS clicks, SUM(conversion) AS conversions, COALESCE(SUM(value), 0) AS revenue,
       COUNT(DISTINCT user_id) FILTER (WHERE conversion = 1) AS users, ROUND(AVG(seconds_to_convert), 3) AS mean_seconds_to_convert
FROM touches
WINDOW TUMBLING (SIZE 5 MINUTES)
GROUP BY window_start, window_end, campaign_id
EMIT FINAL;

CREATE SINK campaign_console WITH (connector = 'console', rows = 20);

CREATE SINK campaign_topic WITH (
  connector = 'kafka', topic = 'campaign_metrics', format = 'json',
  brokers = '${KAFKA_BROKERS:-localhost:9092}', create = 'if_missing'
);

CREATE SINK campaign_table (
  window_start TIMESTAMP, window_end TIMESTAMP, campaign_id STRING,
  clicks BIGINT, conversions BIGINT, revenue DECIMAL(18,2), users BIGINT, mean_seconds_to_convert NUMERIC,
  PRIMARY KEY (window_start, campaign_id)
) WITH (
  connector = 'postgres', url = '${POSTGRES_URL:-postgresql://localhost/postgres}', table = 'campaign_metrics', create = 'if_missing'
);

INSERT INTO campaign_console SELECT * FROM campaign_metrics;
INSERT INTO campaign_topic SELECT * FROM campaign_metrics;
INSERT INTO campaign_table SELECT * FROM campaign_metrics;
