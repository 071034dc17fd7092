"""queries/conversion_attribution.sql: local, over Kafka and PostgreSQL, and however it is run, it gives the same rows; and
they are the generator's ground truth and PostgreSQL's answer to the equivalent batch query."""

import base64
import csv
import io
import re
import sys
import unittest
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import ROOT, StreamqlCase, lines_of, parse, psql, server, unique  # noqa: E402

QUERY = (ROOT / "queries" / "conversion_attribution.sql").read_text()
CLICKS, CONVERSIONS = 60_000, 6_000
SHARES = {"disorder": "0.1", "duplicates": "0.02", "malformed": "0.005"}
LATE = "0.002"

BATCH = """
WITH c AS (SELECT DISTINCT ON (click_id) * FROM {clicks} ORDER BY click_id, pos),
     v AS (SELECT DISTINCT ON (conversion_id) * FROM {conversions} ORDER BY conversion_id, pos),
     attributed AS (
       SELECT DISTINCT ON (v.conversion_id) v.user_id, v.value, v.conversion_time, c.campaign_id,
              extract(epoch FROM v.conversion_time - c.click_time) AS seconds
       FROM v JOIN c ON c.user_id = v.user_id AND c.click_time BETWEEN v.conversion_time - INTERVAL '30 minutes' AND v.conversion_time
       ORDER BY v.conversion_id, c.click_time, c.pos),
     touches AS (
       SELECT click_time AS at, campaign_id, user_id, 1 AS click, 0 AS conversion, NULL::numeric AS value, NULL::numeric AS seconds FROM c
       UNION ALL SELECT conversion_time, campaign_id, user_id, 0, 1, value, seconds FROM attributed)
SELECT to_char(date_bin('5 minutes', at, '1970-01-01'), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), campaign_id, sum(click), sum(conversion),
       coalesce(sum(value), 0), count(DISTINCT user_id) FILTER (WHERE conversion = 1), round(avg(seconds), 3)
FROM touches GROUP BY 1, 2 ORDER BY 1, 2
"""


def row(r):
    """A result as a key and figures, whichever place it was read from."""
    mean = r["mean_seconds_to_convert"]
    return (r["window_start"], r["campaign_id"]), (int(r["clicks"]), int(r["conversions"]), Decimal(r["revenue"]), int(r["users"]),
                                                   None if mean is None else Decimal(mean))


def rows(list_of_rows):
    found = [row(r) for r in list_of_rows]
    assert len(dict(found)) == len(found), "a key appears twice"
    return dict(found)


def truth_row(r):
    mean = None
    if r["conversions"]:
        mean = (Decimal(r["micros_to_convert"]) / r["conversions"] / 1_000_000).quantize(Decimal("0.001"), ROUND_HALF_UP)
    return row({**r, "mean_seconds_to_convert": mean})


class ConversionAttribution(StreamqlCase):
    def options(self, rows_, late):
        return {"rows": rows_, "late": late, **SHARES}

    def local_query(self, clicks=CLICKS, conversions=CONVERSIONS, late=LATE):
        """The query as it stands in the repository, over fewer events."""
        text, count = re.subn(r"generator\.rows = (\d+)", lambda m: f"generator.rows = {clicks if m[1] == '200000' else conversions}", QUERY)
        self.assertEqual(count, 2)
        text, count = re.subn(r"generator\.late = [\d.]+", f"generator.late = {late}", text)
        self.assertEqual(count, 2)
        return text

    def local_run(self, *arguments, **sizes):
        report = self.report_of(self.local_query(**sizes), "--local", *arguments)
        table = lines_of(self.folder / "streamql-out/campaign_table.jsonl")
        topic = lines_of(self.folder / "streamql-out/campaign_topic.jsonl")
        self.assertEqual(rows(table), rows(topic))
        return report, rows(table)

    def truth(self, clicks=CLICKS, late=LATE):
        flags = [f"--{k}={v}" for k, v in self.options(clicks, late).items()]
        found = [parse(line) for line in self.streamql("generate", "clicks", "--truth", *flags).stdout.splitlines()]
        return dict(truth_row(r) for r in found if "window_start" in r)

    def load(self, name, id_column, time_column, columns, count, late, letters):
        """Loads the messages that are no dead letter and not late into a table of PostgreSQL; gives (table, late rows)."""
        bad = {r["offset"]: base64.b64decode(r["bytes"]) for r in letters if r["source"] == name}
        path = self.generate(name, f"{name}.jsonl", **self.options(count, late))
        out, late_rows, watermark = io.StringIO(), 0, datetime.min
        writer = csv.writer(out)
        for pos, line in enumerate(path.read_bytes().split(b"\n")[:-1]):
            if pos in bad:
                self.assertEqual(bad[pos], line)
                continue
            record = parse(line.decode())
            at = datetime.fromisoformat(record[time_column].rstrip("Z"))
            if at < watermark:
                late_rows += 1
            else:
                writer.writerow([pos, *(record[c] for c in columns)])
            watermark = max(watermark, at - timedelta(minutes=5))
        table = unique(name)
        types = {"user_id": "bigint", "value": "numeric(12,2)", time_column: "timestamp"}
        self.addCleanup(psql, f"DROP TABLE IF EXISTS {table}")
        psql(f"CREATE TABLE {table} (pos bigint, {', '.join(c + ' ' + types.get(c, 'text') for c in columns)})")
        psql(f"COPY {table} FROM STDIN WITH (FORMAT csv)", stdin=out.getvalue())
        psql(f"ANALYZE {table}")
        return table, late_rows

    def check_against_postgres(self, late):
        report, local = self.local_run(late=late)
        letters = lines_of(report_path(self.folder, report))
        self.assertEqual(len(letters), report["dead_letters"])
        clicks, late_clicks = self.load("clicks", "click_id", "click_time", ["click_id", "user_id", "campaign_id", "click_time"],
                                        CLICKS, late, letters)
        conversions, late_conversions = self.load("conversions", "conversion_id", "conversion_time",
                                                  ["conversion_id", "user_id", "value", "conversion_time"], CONVERSIONS, late, letters)
        names = ("window_start", "campaign_id", "clicks", "conversions", "revenue", "users", "mean_seconds_to_convert")
        answer = psql(BATCH.format(clicks=clicks, conversions=conversions))
        self.assertEqual(rows(dict(zip(names, cells)) for cells in answer), local)
        for source, late_rows in (("clicks", late_clicks), ("conversions", late_conversions)):  # a branch behind a shared operator sees none
            self.assertEqual(max(line["late"] for line in report["ledger"] if line["source"] == source), late_rows)
        self.assertEqual(late_clicks > 0, late != "0")
        return local

    def test_local_run_equals_truth_and_postgres(self):
        self.assertEqual(self.check_against_postgres("0"), self.truth(late="0"))

    def test_local_run_with_late_rows_equals_truth_and_postgres(self):
        self.assertEqual(self.check_against_postgres(LATE), self.truth())

    def test_workers_tiers_and_batch_sizes_change_nothing(self):
        sizes = {"clicks": 20_000, "conversions": 2_000}
        expected = self.truth(clicks=20_000)
        ledger = None
        for workers in (1, 3):
            for jit in ("O0", "O2", "off"):
                for batch_rows in (1, 7, 1024):
                    with self.subTest(workers=workers, jit=jit, batch_rows=batch_rows):
                        report, local = self.local_run("--parallelism", workers, "--jit", jit, "--set", f"batch_rows={batch_rows}", **sizes)
                        self.assertEqual(local, expected)
                        ledger = ledger or report["ledger"]
                        self.assertEqual(report["ledger"], ledger)

    def test_kafka_and_postgres_hold_what_the_local_run_gives(self):
        clicks, conversions, out, table = (unique(n) for n in ("clicks", "conversions", "metrics", "metrics_table"))
        for name, topic, count in (("clicks", clicks, CLICKS), ("conversions", conversions, CONVERSIONS)):
            flags = [f"--{k}={v}" for k, v in self.options(count, LATE).items()]
            self.streamql("generate", name, "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", topic, *flags)
        text = QUERY
        for old, new in ((" topic = 'clicks'", f" topic = '{clicks}'"), (" topic = 'conversions'", f" topic = '{conversions}'"),
                         ("topic = 'campaign_metrics'", f"topic = '{out}'"), ("table = 'campaign_metrics'", f"table = '{table}'")):
            self.assertEqual(text.count(old), 1, old)
            text = text.replace(old, new)
        self.addCleanup(psql, f"DROP TABLE IF EXISTS {table}")
        expected = self.truth()
        for workers in (2, 3):  # the second run writes over the first one's rows, by primary key
            with self.subTest(workers=workers):
                server("POSTGRES_URL")
                report = self.report_of(text, "--parallelism", workers, KAFKA_END="latest")
                self.assertEqual({s["rows"] for s in report["sinks"]}, {len(expected)})
                found = psql(f"SELECT row_to_json(t) FROM {table} t")
                stored = [parse(cells[0]) for cells in found]
                self.assertEqual(rows({**r, "window_start": r["window_start"] + "Z"} for r in stored), expected)
                messages = [parse(value) for _, _, value in self.topic_lines(out)]
                self.assertEqual(len(messages), len(expected) * (workers - 1))
                self.assertEqual(rows(messages[-len(expected):]) if workers == 2 else
                                 {row(m)[0]: row(m)[1] for m in messages}, expected)


def report_path(folder, report):
    return folder / report["dead_letter_file"]


if __name__ == "__main__":
    unittest.main()
