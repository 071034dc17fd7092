CREATE SINK k WITH (connector = 'file', path = 'a', 'connector' = 'kafka');
