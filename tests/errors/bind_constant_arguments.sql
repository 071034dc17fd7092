-- Constants that no record could make work; the last statement is fine, and nothing is said of it.
CREATE STREAM s (
  t STRING, n BIGINT, x DECIMAL(12,2), f DOUBLE, ts TIMESTAMP, tz TIMESTAMPTZ, d DATE, c TIME, i INTERVAL, j JSON, b BYTES,
  WATERMARK FOR ts AS ts - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 's.jsonl', format = 'json');
CREATE FUNCTION cut(unit STRING, ts TIMESTAMP) RETURNS TIMESTAMP AS 'date_trunc(unit, ts)';
SELECT date_trunc('bogus', ts) FROM s;
SELECT date_trunc('dow', tz), date_trunc('day', tz, 'Mars') FROM s;
SELECT date_trunc('week', i) FROM s;
SELECT date_trunc(lower('DAI'), ts), cut('dya', ts) FROM s;
SELECT date_bin(INTERVAL '0 seconds', ts, TIMESTAMP '2024-01-01'), date_bin(INTERVAL '1 month', ts, ts) FROM s;
SELECT extract(bogus FROM ts), extract(timezone FROM ts), extract(hour FROM d), extract(day FROM c), extract(dow FROM i) FROM s;
SELECT date_part('bogus', tz) FROM s;
SELECT ts AT TIME ZONE 'Mars', tz AT TIME ZONE 'Europe/Belrin' FROM s;
SELECT make_date(2024, 13, 1), make_date(0, 1, 1) FROM s;
SELECT to_char(n, 'RN'), to_char(x, '9.9.9'), to_char(f, '9.99EEEE'), to_char(i, 'Day'), to_number(t, '99V9') FROM s;
SELECT date_trunc('DAY', ts), date_trunc('bogus', NULL::TIMESTAMP), date_trunc(t, ts), extract(julian FROM d), to_char(i, 'DD HH24') FROM s;
