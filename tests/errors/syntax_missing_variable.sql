CREATE SINK k WITH (connector = 'kafka', brokers = '${KAFKA_BROKERS}', topic = '${TOPIC:-t}', group = '${STREAMQL_TEST}');
