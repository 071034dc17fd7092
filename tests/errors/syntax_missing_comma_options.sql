CREATE SINK k WITH (
  connector = 'file'
  path = 'out.json'
);
