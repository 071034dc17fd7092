"""What only Kafka brings: places of dead letters over partitions, tombstones, keys, metadata columns; late rows kept by
LATE DATA TO; several INSERTs that read a topic once."""

import base64
import collections
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import StreamqlCase, lines_of, server, unique  # noqa: E402


class KafkaRecords(StreamqlCase):
    def source(self, topic, columns, options=""):
        return (f"CREATE STREAM s ({columns}) WITH (connector = 'kafka', topic = '{topic}', brokers = '{server('KAFKA_BROKERS')}', "
                f"format = 'json', end = 'latest' {options});\n")

    def generated(self, **options):
        topic = unique("clicks")
        self.streamql("generate", "clicks", "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", topic,
                      *(f"--{k}={v}" for k, v in options.items()))
        return topic

    def test_dead_letters_name_partition_and_offset(self):
        topic = self.generated(rows=20_000, malformed=0.02, partitions=4)
        columns = """click_id STRING NOT NULL, user_id BIGINT, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '5' MINUTE"""
        report = self.report_of(self.source(topic, columns) + """CREATE SINK k WITH (connector = 'blackhole');
            INSERT INTO k SELECT click_id, user_id FROM s;""")
        letters = {(l["partition"], l["offset"]): base64.b64decode(l["bytes"]) for l in lines_of(self.folder / report["dead_letter_file"])}
        self.assertEqual(len(letters), report["dead_letters"])
        self.assertGreater(len(letters), 300)
        # what no partition lets through as text, raw does: the places hold the very same bytes
        report = self.report_of(self.source(topic, "value BYTES, part INTEGER METADATA FROM 'partition', pos BIGINT METADATA FROM 'offset'", ", start = 'earliest'")
                                .replace("'json'", "'raw'") + """CREATE SINK k WITH (connector = 'file', path = 'raw.jsonl', format = 'json');
            INSERT INTO k SELECT part, pos, value FROM s;""")
        records = {(r["part"], r["pos"]): bytes.fromhex(r["value"][2:]) for r in lines_of(self.folder / "raw.jsonl")}
        self.assertEqual(len(records), 20_000)
        for place, value in letters.items():
            self.assertEqual(records[place], value)

    def test_a_key_comes_back_and_keeps_its_rows_together(self):
        topic = unique("keyed")
        (self.folder / "in.jsonl").write_text("".join(json.dumps({"id": i, "name": f"n{i % 7}"}) + "\n" for i in range(200)))
        self.report_of(f"""CREATE STREAM f (id BIGINT, name STRING) WITH (connector = 'file', path = 'in.jsonl', format = 'json');
            CREATE SINK t WITH (connector = 'kafka', topic = '{topic}', brokers = '{server("KAFKA_BROKERS")}', format = 'json', key.columns = 'name',
                                create = 'if_missing', partitions = 3);
            INSERT INTO t SELECT id, name FROM f;""")
        self.report_of(self.source(topic, "id BIGINT, name STRING, k STRING METADATA FROM 'key', part INTEGER METADATA FROM 'partition', "
                                          "t STRING METADATA FROM 'topic'")
                       + "CREATE SINK k WITH (connector = 'file', path = 'out.jsonl', format = 'json'); INSERT INTO k SELECT * FROM s;")
        rows = lines_of(self.folder / "out.jsonl")
        self.assertEqual(sorted(r["id"] for r in rows), list(range(200)))
        self.assertEqual({r["t"] for r in rows}, {topic})
        self.assertTrue(all(r["k"] == r["name"] for r in rows))
        partitions = collections.defaultdict(set)
        for r in rows:
            partitions[r["name"]].add(r["part"])
        self.assertTrue(all(len(p) == 1 for p in partitions.values()), partitions)

    def test_late_rows_are_kept(self):
        topic = self.generated(rows=20_000, late=0.01, disorder=0.1, partitions=1)
        columns = """click_id STRING NOT NULL, campaign_id STRING, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '5' MINUTE"""
        report = self.report_of(self.source(topic, columns) + """CREATE SINK late WITH (connector = 'file', path = 'late.jsonl', format = 'json');
            CREATE SINK k WITH (connector = 'file', path = 'out.jsonl', format = 'json');
            INSERT INTO k SELECT window_start, campaign_id, count(*) AS n FROM s WINDOW TUMBLING (SIZE 5 MINUTES) GROUP BY campaign_id
            LATE DATA TO late;""")
        (line,) = report["ledger"]
        late = lines_of(self.folder / "late.jsonl")
        self.assertEqual((line["consumed"], line["late"]), (20_000, len(late)))
        self.assertGreater(len(late), 100)
        self.assertTrue(all("late_by" in row and row["click_time"] for row in late))
        counted = sum(row["n"] for row in lines_of(self.folder / "out.jsonl"))
        self.assertEqual(counted, 20_000 - len(late))
        self.assertEqual(len({row["click_id"] for row in late}), len(late))

    def test_a_source_of_several_inserts_is_read_once(self):
        topic = self.generated(rows=10_000)
        report = self.report_of(self.source(topic, "click_id STRING, user_id BIGINT, campaign_id STRING") + """
            CREATE SINK a WITH (connector = 'file', path = 'a.jsonl', format = 'json');
            CREATE SINK b WITH (connector = 'file', path = 'b.csv', format = 'csv');
            INSERT INTO a SELECT click_id FROM s WHERE user_id % 2 = 0;
            INSERT INTO b SELECT click_id, campaign_id FROM s WHERE user_id % 2 = 1;""")
        self.assertEqual([(s["name"], s["records"]) for s in report["sources"]], [("s", 10_000)])
        self.assertEqual({(l["into"], l["consumed"]) for l in report["ledger"]}, {("a", 10_000), ("b", 10_000)})
        a, b = lines_of(self.folder / "a.jsonl"), (self.folder / "b.csv").read_text().splitlines()
        self.assertEqual(b[0], "click_id,campaign_id")
        self.assertEqual(len(a) + len(b) - 1, 10_000)
        self.assertEqual(sum(l["applied"] for l in report["ledger"]), 10_000)


if __name__ == "__main__":
    unittest.main()
