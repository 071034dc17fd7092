"""A million records, one in fifty of them malformed in one of ten ways: the job ends in order, the ledger adds up, and the
dead letters hold each of them, with its bytes, its place and its reason."""

import base64
import collections
import gzip
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import StreamqlCase, lines_of, psql, server, unique  # noqa: E402

COLUMNS = """click_id STRING NOT NULL, user_id BIGINT, campaign_id STRING, source STRING, device STRUCT<os STRING, model STRING>,
             url STRING, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time - INTERVAL '5' MINUTE"""

WINDOWED = """CREATE STREAM clicks ({columns}) WITH (connector = 'file', path = '{path}', format = 'json' {options});
CREATE SINK k WITH (connector = 'file', path = 'out.jsonl', format = 'json');
INSERT INTO k SELECT window_start, campaign_id, count(*) AS n, max(user_id) AS greatest FROM clicks WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY campaign_id;"""


def kind_of(line):
    """Which of the ten ways a generated record is spoiled in, judged from its bytes alone; None for a good one."""
    if b"\xc3\x28" in line:
        return "invalid-utf8"
    if b"xxxxx" in line:
        return "bad-text"
    if b"[[[[" in line:
        return "too-deep"
    if line.endswith(b"}}") and not line.endswith(b'"}}}') and line.count(b"{") < line.count(b"}"):
        return "trailing-bytes"
    try:
        record = json.loads(line)
    except ValueError:
        return "malformed"
    if isinstance(record["user_id"], dict):
        return "wrong-type"
    if record["user_id"] >= 2**63:
        return "out-of-range"
    if "click_id" not in record:
        return "not-null"
    if record["click_time"] is None:
        return "null-event-time"
    return "future-event-time" if record["click_time"] > "2900" else None


class BadInput(StreamqlCase):
    def sql(self, options="", path="clicks.jsonl"):
        return WINDOWED.format(columns=COLUMNS, path=path, options=options)

    def check_letters(self, report, path):
        """Each bad record of the file, and nothing else, is a dead letter with its bytes and place."""
        lines = path.read_bytes().split(b"\n")[:-1]
        bad = {offset: (kind, line) for offset, line in enumerate(lines) if (kind := kind_of(line))}
        letters = lines_of(self.folder / report["dead_letter_file"])
        self.assertEqual(sorted(letter["offset"] for letter in letters), sorted(bad))
        for letter in letters:
            kind, line = bad[letter["offset"]]
            self.assertEqual((letter["source"], letter["partition"], letter["code"]), ("clicks", 0, kind), letter["reason"])
            self.assertEqual(base64.b64decode(letter["bytes"]), line)
            self.assertTrue(letter["reason"] and letter["time"])
        return len(lines), collections.Counter(kind for kind, _ in bad.values())

    def test_a_million_records(self):
        path = self.generate("clicks", "clicks.jsonl", rows=1_000_000, malformed=0.02, disorder=0.05)
        report = self.report_of(self.sql(), timeout=60)
        (line,) = report["ledger"]
        total, kinds = self.check_letters(report, path)
        self.assertEqual(total, 1_000_000)
        self.assertEqual(len(kinds), 10)
        self.assertGreater(min(kinds.values()), 1_500)
        self.assertEqual((line["consumed"], line["dead_letter"], line["applied"]), (total, kinds.total(), total - kinds.total()))
        self.assertEqual(sum(row["n"] for row in lines_of(self.folder / "out.jsonl")), line["applied"])
        self.assertLess(report["seconds"], 20)

    def test_the_same_from_a_packed_file(self):
        path = self.generate("clicks", "clicks.jsonl", rows=50_000, malformed=0.02)
        with gzip.open(self.folder / "clicks.jsonl.gz", "wb", 1) as packed:
            packed.write(path.read_bytes())
        report = self.report_of(self.sql(path="clicks.jsonl.gz"))
        self.assertEqual(self.check_letters(report, path)[0], 50_000)

    def test_skip_counts_them(self):
        path = self.generate("clicks", "clicks.jsonl", rows=20_000, malformed=0.02)
        report = self.report_of(self.sql(", on_error = 'skip'"))
        (line,) = report["ledger"]
        bad = sum(kind_of(l) is not None for l in path.read_bytes().split(b"\n")[:-1])
        self.assertEqual((line["skipped"], line["dead_letter"], line["applied"]), (bad, 0, 20_000 - bad))
        self.assertEqual((report["dead_letters"], report["dead_letter_file"]), (0, ""))

    def test_fail_stops_at_the_first_and_names_it(self):
        path = self.generate("clicks", "clicks.jsonl", rows=20_000, malformed=0.02)
        lines = path.read_bytes().split(b"\n")[:-1]
        first = next(i for i, line in enumerate(lines) if kind_of(line))
        done = self.run_sql(self.sql(", on_error = 'fail'"), code=4)
        self.assertIn("clicks", done.stderr)
        self.assertRegex(done.stderr, rf"\b{first}\b")
        self.assertIn(kind_of(lines[first]), done.stderr)
        self.assertFalse((self.folder / "out.jsonl").exists())

    def test_past_the_error_rate_the_job_stops(self):
        self.generate("clicks", "clicks.jsonl", rows=20_000, malformed=0.1)
        for mode in ("dead_letter", "skip"):
            with self.subTest(mode=mode):
                done = self.run_sql(self.sql(f", on_error = '{mode}', max_error_rate = 0.05"), code=4)
                self.assertIn("max_error_rate", done.stderr)
                self.assertIn("clicks", done.stderr)
        self.report_of(self.sql(", max_error_rate = 0.2"))

    def test_dead_letters_in_a_sink(self):
        path = self.generate("clicks", "clicks.jsonl", rows=5_000, malformed=0.02)
        sql = "CREATE SINK letters WITH (connector = 'file', path = 'letters.jsonl', format = 'json');\n" + self.sql(", dead_letter = 'letters'")
        report = self.report_of(sql)
        report["dead_letter_file"] = "letters.jsonl"
        self.check_letters(report, path)

    def test_dead_letters_in_a_sink_of_few_columns(self):
        path = self.generate("clicks", "clicks.jsonl", rows=5_000, malformed=0.02)
        table = unique("letters")
        self.addCleanup(psql, f"DROP TABLE IF EXISTS {table}")
        sql = f"""CREATE SINK letters ("offset" BIGINT, bytes BYTES, code STRING) WITH (connector = 'postgres', url = '{server("POSTGRES_URL")}',
                                  table = '{table}', create = 'if_missing');\n""" + self.sql(", dead_letter = 'letters'")
        self.report_of(sql)
        lines = path.read_bytes().split(b"\n")[:-1]
        expected = [[str(i), line.hex(), kind_of(line)] for i, line in enumerate(lines) if kind_of(line)]
        self.assertEqual(psql(f"SELECT \"offset\", encode(bytes, 'hex'), code FROM {table} ORDER BY 1"), expected)

    def test_csv(self):
        text = ("id,amount,at\n"
                "1,2.50,2024-05-01T10:00:00Z\n"
                "x,2.50,2024-05-01T10:00:01Z\n"
                "3,oops,2024-05-01T10:00:02Z\n"
                ",1,2024-05-01T10:00:03Z\n"
                "5,99999999999,2024-05-01T10:00:04Z\n"
                "6,1,\n"
                "7,1,2999-01-01T00:00:00Z\n"
                "8,1\n"
                "9,\"1\",2024-05-01T10:00:05Z\n"
                "10,\"1\"x,2024-05-01T10:00:05Z\n"
                "11,1,2024-05-01T10:00:06Z,more\n"
                "12,\"1\n13,2024-05-01T10:00:07Z\n")
        (self.folder / "in.csv").write_text(text)
        report = self.report_of("""CREATE STREAM s (id BIGINT NOT NULL, amount DECIMAL(8,2), at TIMESTAMP, WATERMARK FOR at AS at)
            WITH (connector = 'file', path = 'in.csv', format = 'csv', max_error_rate = 1);
            CREATE SINK k WITH (connector = 'file', path = 'out.jsonl', format = 'json');
            INSERT INTO k SELECT id, amount FROM s;""")
        self.assertEqual([row["id"] for row in lines_of(self.folder / "out.jsonl")], [1, 9])
        letters = lines_of(self.folder / report["dead_letter_file"])
        kept = {base64.b64decode(letter["bytes"]).decode().split(",")[0]: letter["code"] for letter in letters}
        self.assertEqual(sorted(kept), sorted(["x", "3", "", "5", "6", "7", "8", "10", "11", "12", "13"]), kept)
        self.assertEqual((kept["x"], kept[""], kept["5"], kept["6"], kept["7"]),
                         ("bad-text", "not-null", "out-of-range", "null-event-time", "future-event-time"))

    def test_errors_of_expressions_go_by_set_on_error(self):
        (self.folder / "in.jsonl").write_text('{"id": 1, "name": "7"}\n{"id": 2, "name": "8"}\n{"id": 3, "name": "x"}\n'
                                              '{"id": 9223372036854775807, "name": "1"}\n{"id": 5, "name": "9"}\n')
        sql = """SET on_error = '{mode}';
            CREATE STREAM s (id BIGINT, name STRING) WITH (connector = 'file', path = 'in.jsonl', format = 'json', max_error_rate = 1);
            CREATE SINK k WITH (connector = 'file', path = 'out.jsonl', format = 'json');
            INSERT INTO k SELECT id + 1 AS id, 6 / (id - 2) AS q, CAST(name AS BIGINT) AS n FROM s;"""
        report = self.report_of(sql.format(mode="dead_letter"))
        self.assertEqual(lines_of(self.folder / "out.jsonl"), [{"id": 2, "q": -6, "n": 7}, {"id": 6, "q": 2, "n": 9}])
        letters = lines_of(self.folder / report["dead_letter_file"])
        self.assertEqual([(l["offset"], l["code"], l["column"]) for l in sorted(letters, key=lambda l: l["offset"])],
                         [(1, "division-by-zero", "6 / (id - 2)"), (2, "bad-cast", "CAST(name AS BIGINT)"), (3, "overflow", "id + 1")])
        self.assertEqual(base64.b64decode(letters[0]["bytes"]), b'{"id": 2, "name": "8"}')
        (line,) = self.report_of(sql.format(mode="skip"))["ledger"]
        self.assertEqual((line["applied"], line["skipped"], line["dead_letter"]), (2, 3, 0))
        done = self.run_sql(sql.format(mode="fail"), code=4)
        self.assertIn("offset 1: 6 / (id - 2): division by zero", done.stderr)

    def test_not_null_of_a_sink_holds_whatever_the_connector(self):
        (self.folder / "in.jsonl").write_text('{"id": 1, "name": "a"}\n{"id": 2}\n{"id": null, "name": "c"}\n{"id": 4, "name": "d"}\n')
        for connector, options in (("file", "path = 'out.jsonl', format = 'json'"), ("console", "format = 'json'"), ("blackhole", "")):
            for jit in ("O2", "off"):
                with self.subTest(connector=connector, jit=jit):
                    report = self.report_of(f"""CREATE STREAM s (id BIGINT, name STRING)
                          WITH (connector = 'file', path = 'in.jsonl', format = 'json', max_error_rate = 1);
                        CREATE SINK k (id BIGINT NOT NULL, name STRING NOT NULL) WITH (connector = '{connector}'{", " + options if options else ""});
                        INSERT INTO k SELECT id, name FROM s;""", "--jit", jit)
                    (line,) = report["ledger"]
                    self.assertEqual((line["applied"], line["dead_letter"]), (2, 2))
                    letters = lines_of(self.folder / report["dead_letter_file"])[-2:]
                    self.assertEqual([(l["offset"], l["code"], l["column"]) for l in letters],
                                     [(1, "not-null", "k.name"), (2, "not-null", "k.id")])
        self.assertEqual([l["id"] for l in lines_of(self.folder / "out.jsonl")], [1, 4])

    def test_rows_that_the_sink_refuses(self):
        table = unique("refused")
        self.addCleanup(psql, f"DROP TABLE IF EXISTS {table}")
        psql(f"CREATE TABLE {table} (id bigint PRIMARY KEY, name text CHECK (name <> 'bad'))")
        names = ["a", "b\\u0000c", "d", "bad", "e"]
        (self.folder / "in.jsonl").write_text("".join(f'{{"id": {i % 4}, "name": "{name}"}}\n' for i, name in enumerate(names)))
        report = self.report_of(f"""CREATE STREAM s (id BIGINT, name STRING) WITH (connector = 'file', path = 'in.jsonl', format = 'json');
            CREATE SINK k WITH (connector = 'postgres', url = '{server("POSTGRES_URL")}', table = '{table}', max_error_rate = 1);
            INSERT INTO k SELECT id, name FROM s;""")
        self.assertEqual(psql(f"SELECT id, name FROM {table} ORDER BY id"), [["0", "a"], ["2", "d"]])
        self.assertEqual([(s["rows"], s["rejected"]) for s in report["sinks"]], [(2, 3)])
        letters = lines_of(self.folder / report["dead_letter_file"])
        self.assertEqual(sorted(l["row"] for l in letters), [["0", "e"], ["1", "b\0c"], ["3", "bad"]])
        self.assertEqual({l["code"] for l in letters}, {"sink-rejected"})
        reasons = " ".join(l["reason"] for l in letters)
        for word in ("NUL", "Key (id)=(0) already exists", "Failing row contains (3, bad)"):
            self.assertIn(word, reasons)


if __name__ == "__main__":
    unittest.main()
