-- What each campaign earned in all, from the file that conversion_attribution.sql leaves with --local: a bounded input gives
-- the answer of a batch.
--
--   streamql run queries/campaign_totals.sql
--
-- CAMPAIGN_METRICS names another result file.

CREATE STREAM campaign_metrics (
  window_start TIMESTAMP, window_end TIMESTAMP, campaign_id STRING,
  clicks BIGINT, conversions BIGINT, revenue DECIMAL(18,2), users BIGINT, mean_seconds_to_convert NUMERIC
) WITH (
  connector = 'file', path = '${CAMPAIGN_METRICS:-streamql-out/campaign_table.jsonl}', format = 'json'
);

SELECT campaign_id, count(*) AS windows, sum(clicks) AS clicks, sum(conversions) AS conversions, sum(revenue) AS revenue
FROM campaign_metrics
GROUP BY campaign_id
EMIT FINAL;
