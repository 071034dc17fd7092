-- Constants that no record could make work; the last statements are fine, and nothing is said of them.
CREATE STREAM s (
  t STRING, n BIGINT, x DECIMAL(12,2), f DOUBLE, ts TIMESTAMP, tz TIMESTAMPTZ, d DATE, c TIME, i INTERVAL, j JSON, b BYTES,
  WATERMARK FOR ts AS ts - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 's.jsonl', format = 'json');
CREATE FUNCTION cut(unit STRING, ts TIMESTAMP) RETURNS TIMESTAMP AS date_trunc(unit, ts);
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
SELECT t ~ '(', t ~* 'a**', t !~ '[z-a]' FROM s;
SELECT regexp_replace(t, '(a', 'b'), regexp_match(t, 'a(?=b)'), regexp_like(t, '(a)\1'), substring(t, '[') FROM s;
SELECT regexp_replace(t, 'a', 'b', 'q'), regexp_match(t, 'a', 'g'), regexp_replace(t, 'a', 'b', 0), regexp_replace(t, 'a', 'b', 1, -1) FROM s;
SELECT t LIKE 'a%' ESCAPE 'xy' FROM s;
SELECT encode(b, 'hexx'), decode(t, 'rot13') FROM s;
SELECT split_part(t, ',', 0), substring(t, 2, -1), chr(0) FROM s;
SELECT json_value(j, 'a.b'), json_value(t, '$.a[') FROM s;
SELECT date_trunc('DAY', ts), date_trunc('bogus', NULL::TIMESTAMP), date_trunc(t, ts), extract(julian FROM d), to_char(i, 'DD HH24') FROM s;
SELECT t ~ 'a|b', t LIKE 'a\', t LIKE 'aß%' ESCAPE 'ß', regexp_replace(t, 'a', 'b', 2, 0, 'i'), ts AT TIME ZONE '+02' FROM s;
SELECT split_part(t, ',', -1), encode(b, 'HEX'), json_value(j, '$."a b"[0][''c'']'), to_char(x, 'FM999,990.00') FROM s;
