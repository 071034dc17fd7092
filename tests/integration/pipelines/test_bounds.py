"""Memory stays bounded: millions of rows through a window, and two topics of very different size through a WITHIN join."""

import json
import sys
import unittest
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import StreamqlCase, lines_of, server, unique  # noqa: E402

MB = 1 << 20


def operator(report, name):
    (found,) = [o for o in report["operators"] if o["name"].startswith(name) and "peak_state_rows" in o]
    return found


class Bounds(StreamqlCase):
    def test_five_million_rows_through_a_window(self):
        report = self.report_of("""
            CREATE STREAM clicks (click_id STRING NOT NULL, user_id BIGINT, campaign_id STRING, click_time TIMESTAMP,
                                  WATERMARK FOR click_time AS click_time - INTERVAL '5' MINUTE)
            WITH (connector = 'generate', rows = 5000000, partitions = 2, disorder = 0.05, spacing = '10ms');
            CREATE SINK k WITH (connector = 'file', path = 'out.jsonl', format = 'json');
            INSERT INTO k SELECT window_start, campaign_id, count(*) AS n, count(DISTINCT user_id) AS users
            FROM clicks WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY campaign_id;""", "--parallelism", 2, timeout=120)
        self.assertEqual(sum(row["n"] for row in lines_of(self.folder / "out.jsonl")), 5_000_000)
        self.assertLess(report["peak_memory_bytes"], 400 * MB)
        self.assertLess(operator(report, "window(")["peak_state_bytes"], 100 * MB)

    def test_a_small_and_a_large_topic_through_a_join(self):
        clicks, conversions = unique("clicks"), unique("conversions")
        for name, topic, rows, spacing in (("clicks", clicks, 300_000, "100ms"), ("conversions", conversions, 3_000, "10s")):
            self.streamql("generate", name, "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", topic, "--rows", rows,
                          "--spacing", spacing, "--partitions", 2)
        report = self.report_of(f"""
            CREATE STREAM clicks (click_id STRING NOT NULL, user_id BIGINT NOT NULL, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '1' MINUTE)
            WITH (connector = 'kafka', topic = '{clicks}', brokers = '{server("KAFKA_BROKERS")}', format = 'json', end = 'latest');
            CREATE STREAM conversions (conversion_id STRING NOT NULL, user_id BIGINT NOT NULL, conversion_time TIMESTAMP,
                                       WATERMARK FOR conversion_time AS conversion_time - INTERVAL '1' MINUTE)
            WITH (connector = 'kafka', topic = '{conversions}', brokers = '{server("KAFKA_BROKERS")}', format = 'json', end = 'latest');
            CREATE SINK k WITH (connector = 'file', path = 'out.jsonl', format = 'json');
            INSERT INTO k SELECT v.conversion_id, c.click_id FROM conversions v
            JOIN clicks c WITHIN (30 MINUTES BEFORE, 0 MINUTES AFTER) ON v.user_id = c.user_id ATTRIBUTE FIRST;""",
                                "--parallelism", 2, timeout=90)
        self.assertEqual([line["late"] for line in report["ledger"]], [0] * len(report["ledger"]))
        # 30 minutes are 18,000 clicks and 180 conversions; a split may be minutes ahead of the slowest one
        self.assertLess(operator(report, "join(")["peak_state_rows"], 40_000)
        self.assertLess(report["peak_memory_bytes"], 400 * MB)
        found = {row["conversion_id"]: row["click_id"] for row in lines_of(self.folder / "out.jsonl")}
        self.assertEqual(found, self.first_clicks())

    def first_clicks(self):
        """By plain Python: the first click of a conversion's user in the 30 minutes before it."""
        clicks, first = {}, {}
        for line in self.streamql("generate", "clicks", "--rows", 300_000, "--spacing", "100ms").stdout.splitlines():
            record = json.loads(line)
            clicks.setdefault(record["user_id"], []).append((datetime.fromisoformat(record["click_time"][:-1]), record["click_id"]))
        for line in self.streamql("generate", "conversions", "--rows", 3_000, "--spacing", "10s").stdout.splitlines():
            record = json.loads(line)
            at = datetime.fromisoformat(record["conversion_time"][:-1])
            matches = [c for c in clicks.get(record["user_id"], []) if at - timedelta(minutes=30) <= c[0] <= at]
            if matches:
                first[record["conversion_id"]] = min(matches)[1]
        self.assertGreater(len(first), 500)
        return first


if __name__ == "__main__":
    unittest.main()
