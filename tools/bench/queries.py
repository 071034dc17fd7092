"""The benchmark's queries in StreamQL; baseline.cpp has the same by hand."""

ADS = """CREATE STREAM ads (
  user_id STRING, page_id STRING, ad_id BIGINT, campaign_id STRING, ad_type STRING, event_type STRING, event_time TIMESTAMP,
  ip_address STRING, extra STRING,
  WATERMARK FOR event_time AS event_time - INTERVAL '4' SECOND
) WITH ({source}, format = 'json', timestamp.format = 'epoch_ms');
"""

CLICKS = """CREATE STREAM clicks (
  click_id BIGINT, user_id BIGINT, campaign_id STRING, url STRING, ts TIMESTAMP, extra STRING,
  WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH (connector = 'file', path = '{clicks}', format = 'json', timestamp.format = 'epoch_ms');
"""

CONVERSIONS = """CREATE STREAM conversions (
  conversion_id BIGINT, user_id BIGINT, amount BIGINT, ts TIMESTAMP, extra STRING,
  WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH (connector = 'file', path = '{conversions}', format = 'json', timestamp.format = 'epoch_ms');
"""

WINDOW = """CREATE SINK answer WITH (connector = 'file', path = '{answer}', format = 'csv');
INSERT INTO answer
SELECT campaign_id, window_start, count(*) AS views
FROM ads
WINDOW TUMBLING (SIZE 1 MINUTE)
WHERE event_type = 'view'
GROUP BY campaign_id, window_start
EMIT FINAL;
"""

NOWHERE = "CREATE SINK nowhere WITH (connector = 'blackhole');\n"

JOIN = NOWHERE + """INSERT INTO nowhere
SELECT v.conversion_id, v.user_id, v.amount, c.click_id, c.campaign_id, c.ts AS clicked_at, v.ts AS bought_at
FROM conversions v
JOIN clicks c WITHIN (30 MINUTES BEFORE, 0 MINUTES AFTER) ON v.user_id = c.user_id;
"""

DEDUPLICATE = NOWHERE + """INSERT INTO nowhere
SELECT click_id, user_id, campaign_id, ts
FROM clicks DEDUPLICATE BY (click_id) WITHIN 10 MINUTES;
"""


def window_from_kafka(data):
    source = "connector = 'kafka', brokers = '{brokers}', topic = '{topic}', start = 'earliest', end = 'latest'".format(**data)
    return ADS.format(source=source) + WINDOW.format(**data)


def window_from_file(data):
    return ADS.format(source="connector = 'file', path = '{ads}'".format(**data)) + WINDOW.format(**data)


def join(data):
    return CLICKS.format(**data) + CONVERSIONS.format(**data) + JOIN


def deduplicate(data):
    return CLICKS.format(**data) + DEDUPLICATE
