CREATE STREAM s (
  a BIGINT
  b STRING,
  c DOUBLE
) WITH (connector = 'file');
