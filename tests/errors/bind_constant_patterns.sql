-- Patterns, formats and positions that no record could make work; the last two statements are fine, and nothing is said of them.
CREATE STREAM s (
  t STRING, n BIGINT, x DECIMAL(12,2), f DOUBLE, ts TIMESTAMP, tz TIMESTAMPTZ, d DATE, c TIME, i INTERVAL, j JSON, b BYTES,
  WATERMARK FOR ts AS ts - INTERVAL '10' MINUTE
) WITH (connector = 'file', path = 's.jsonl', format = 'json');
SELECT t ~ '(', t ~* 'a**', t !~ '[z-a]' FROM s;
SELECT regexp_replace(t, '(a', 'b'), regexp_match(t, 'a(?=b)'), regexp_like(t, '(a)\1'), substring(t, '[') FROM s;
SELECT regexp_replace(t, 'a', 'b', 'q'), regexp_match(t, 'a', 'g'), regexp_replace(t, 'a', 'b', 0), regexp_replace(t, 'a', 'b', 1, -1) FROM s;
SELECT t LIKE 'a%' ESCAPE 'xy' FROM s;
SELECT encode(b, 'hexx'), decode(t, 'rot13') FROM s;
SELECT split_part(t, ',', 0), substring(t, 2, -1), chr(0) FROM s;
SELECT json_value(j, 'a.b'), json_value(t, '$.a[') FROM s;
SELECT t ~ 'a|b', t LIKE 'a\', t LIKE 'aß%' ESCAPE 'ß', regexp_replace(t, 'a', 'b', 2, 0, 'i'), ts AT TIME ZONE '+02' FROM s;
SELECT split_part(t, ',', -1), encode(b, 'HEX'), json_value(j, '$."a b"[0][''c'']'), to_char(x, 'FM999,990.00') FROM s;
