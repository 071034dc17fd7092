"""What is printed where: results alone on stdout, the figures of the end on stderr or as one JSON object, the status line on
a terminal only; list, explain and check."""

import errno
import json
import os
import pty
import subprocess
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import ROOT, StreamqlCase, server, unique  # noqa: E402

WINDOWED = """CREATE STREAM clicks (click_id STRING NOT NULL, user_id BIGINT, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time)
WITH (connector = 'generate', rows = 1000);
SELECT window_start, count(*) AS n FROM clicks WINDOW TUMBLING (SIZE 1 MINUTE);
"""
RESULT = ["2024-05-01T00:00:00Z  600", "2024-05-01T00:01:00Z  400"]
ENDLESS = """CREATE STREAM clicks (click_id STRING NOT NULL, user_id BIGINT, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time)
WITH (connector = 'generate', rows = 20000, rate = 10000);
CREATE SINK k WITH (connector = 'blackhole');
INSERT INTO k SELECT click_id, user_id FROM clicks;
"""


class Output(StreamqlCase):
    def test_results_alone_are_on_stdout(self):
        done = self.run_sql(WINDOWED)
        self.assertEqual([" ".join(l.split()) for l in done.stdout.splitlines()[:1]], ["window_start n"])
        self.assertEqual(done.stdout.splitlines()[2:], RESULT)
        self.assertRegex(done.stderr, r"clicks +select +1000 = +1000 ")
        self.assertIn("done in", done.stderr)
        self.assertNotIn("\r", done.stderr)

    def test_quiet_says_nothing_else(self):
        done = self.run_sql(WINDOWED, "--quiet")
        self.assertEqual(done.stdout.splitlines()[2:], RESULT)
        self.assertEqual(done.stderr, "")

    def test_json_is_one_object(self):
        done = self.run_sql(ENDLESS, "--json")
        report = json.loads(done.stdout)
        self.assert_ledger(report)
        self.assertEqual(report["ledger"], [{"source": "clicks", "into": "k", "consumed": 20000, "applied": 20000, "filtered": 0, "late": 0,
                                             "late_after_idle": 0, "dead_letter": 0, "skipped": 0, "held": 0}])
        self.assertEqual([(s["name"], s["rows"]) for s in report["sinks"]], [("k", 20000)])
        self.assertRegex(done.stderr, r"^job \"job\": begins at `start`; \S+ holds nothing of an earlier run\n$")

    def test_a_script_from_standard_input(self):
        done = self.streamql("run", "-", "--quiet", stdin=WINDOWED.encode())
        self.assertEqual((done.stdout.splitlines()[2:], done.stderr), (RESULT, ""))
        done = self.streamql("run", "-", stdin=WINDOWED.encode())
        self.assertIn("keeps no positions; begins at `start`", done.stderr.splitlines()[0])
        self.assertEqual(list(self.folder.iterdir()), [])
        done = self.streamql("check", "-", stdin=b"SELECT x FROM y;", code=1)
        self.assertRegex(done.stderr, r"<stdin>:1:\d+: error")

    def test_local_says_so_first(self):
        done = self.streamql("run", ROOT / "queries" / "conversion_attribution.sql", "--local")
        self.assertIn("without servers", done.stderr.splitlines()[0])
        self.assertIn("topic clicks -> generator clicks", done.stderr)
        self.assertEqual(sorted(p.name for p in (self.folder / "streamql-out").iterdir()), ["campaign_table.jsonl", "campaign_topic.jsonl"])

    def test_a_reader_that_goes_away_ends_the_job(self):
        self.script("""CREATE STREAM clicks (click_id STRING NOT NULL) WITH (connector = 'generate', rows = 5000000);
            CREATE SINK k WITH (connector = 'console', format = 'json'); INSERT INTO k SELECT click_id FROM clicks;""")
        for command, first in (("run job.sql", '{"click_id":"click-000000000"}'), ("generate clicks", '{"click_id":"click-000000000"')):
            with self.subTest(command=command):
                done = subprocess.run(["bash", "-c", f"'{self.binary}' {command} | head -1"], cwd=self.folder, env=self.environment(),
                                      capture_output=True, text=True, timeout=10)
                self.assertEqual((done.returncode, done.stdout[:len(first)]), (0, first))
                self.assertLess(len(done.stderr.splitlines()), 3, done.stderr)

    def test_rows_of_two_workers_are_in_order(self):
        text = WINDOWED.replace("rows = 1000", "rows = 30000, partitions = 4").replace("SELECT window_start", "SELECT window_start, user_id % 50 AS key").replace(
            "(SIZE 1 MINUTE)", "(SIZE 10 MINUTE) GROUP BY user_id % 50")
        for arguments in ([], ["--set", "batch_rows=7"]):
            shown = {n: self.run_sql(text, "--quiet", "--parallelism", n, *arguments).stdout for n in (1, 2, 3)}
            rows = [(line.split()[0], int(line.split()[1])) for line in shown[1].splitlines()[2:]]
            self.assertEqual(len(rows), 250)
            self.assertEqual(rows, sorted(rows))
            self.assertEqual(shown[1], shown[2])
            self.assertEqual(shown[1], shown[3])

    def test_a_table_of_the_last_rows(self):
        text = WINDOWED.replace("SELECT", "CREATE SINK k WITH (connector = 'console', rows = 1); INSERT INTO k SELECT")
        lines = self.run_sql(text, "--quiet").stdout.splitlines()
        self.assertRegex(lines[0], r" 1 rows before these are not shown \(rows = 1\)$")
        self.assertEqual(lines[3:], RESULT[1:])
        wrong = self.run_sql(text.replace("rows = 1)", "rows = 1, format = 'csv')"), code=1)
        self.assertRegex(wrong.stderr, r'"rows" is for tables')

    def test_the_state_folder_lies_beside_the_first_file(self):
        (self.folder / "jobs").mkdir()
        self.script(WINDOWED.replace("rows = 1000", "rows = 1000, malformed = 0.1"), "jobs/one.sql")
        self.streamql("run", "jobs/one.sql")
        self.assertEqual([p.name for p in self.folder.glob("**/streamql-state")], ["streamql-state"])
        self.assertTrue((self.folder / "jobs/streamql-state").is_dir())
        self.streamql("run", "jobs/one.sql", STREAMQL_STATE_DIR="elsewhere")
        self.assertTrue((self.folder / "elsewhere").is_dir())

    def test_without_a_terminal_a_line_now_and_then(self):
        """A followed file that grows no more: what holds the watermark, and for how long still."""
        (self.folder / "grows").write_text('{"id": 1, "at": "2024-05-01T10:00:00Z"}\n')
        running = self.start("""CREATE STREAM s (id BIGINT, at TIMESTAMP, WATERMARK FOR at AS at) WITH (connector = 'file', path = 'grows', format = 'json', follow = true, idle_timeout = '60s');
            SELECT window_start, count(*) AS n FROM s WINDOW TUMBLING (SIZE 1 MINUTE);""")
        self.wait_until(lambda: "status: " in running.err, "a status line")
        self.assertRegex(running.err, r"status: in \S+/s \(1\)  out .*watermark 2024-05-01T10:00:00Z \(lag .*held by \S*grows, silent for \S+ s, idle in \d+ s\)")
        self.assertNotIn("\r", running.err)

    def on_terminal(self, *arguments):
        """Everything that stderr shows when it is a terminal."""
        master, slave = pty.openpty()
        shown = bytearray()

        def read():
            while True:
                try:
                    part = os.read(master, 65536)
                except OSError as e:
                    if e.errno == errno.EIO:  # the last writer is gone
                        return
                    raise
                if not part:
                    return
                shown.extend(part)

        process = subprocess.Popen([self.binary, *arguments], cwd=self.folder, env=self.environment(), stdout=subprocess.DEVNULL, stderr=slave)
        os.close(slave)
        reader = threading.Thread(target=read)
        reader.start()
        try:
            self.assertEqual(process.wait(30), 0)
        finally:
            process.kill()
            reader.join(5)
            os.close(master)
        return shown.decode()

    def test_status_line_is_drawn_in_place_on_a_terminal(self):
        shown = self.on_terminal("run", self.script(ENDLESS))
        drawn = [part for part in shown.split("\r\x1b[K") if part.startswith("in ") and "  out " in part]
        self.assertGreater(len(drawn), 3, shown)
        self.assertRegex(drawn[2], r"^in \S+/s \(\S+\)  out \S+/s \(\S+\)  watermark 2024-05-01T00:\S+ \(lag ")
        self.assertFalse(any("\n" in part for part in drawn[:-1]), "a line is left behind")
        self.assertIn("\r\x1b[Ksource", shown)  # taken away before the ledger
        self.assertNotIn("\x1b", self.on_terminal("run", self.script(ENDLESS), "--quiet"))

    def test_generate_writes_where_it_is_told(self):
        printed = self.streamql("generate", "clicks", "--rows", 50).stdout
        self.assertEqual(printed.count("\n"), 50)
        self.streamql("generate", "clicks", "--rows", 50, "--path", "clicks.jsonl")
        self.assertEqual((self.folder / "clicks.jsonl").read_text(), printed)
        topic = unique("clicks")
        done = self.streamql("generate", "clicks", "--rows", 50, "--brokers", server("KAFKA_BROKERS"), "--topic", topic)
        self.assertEqual(done.stdout, "")
        self.assertEqual(sorted(value for _, _, value in self.topic_lines(topic)), sorted(printed.splitlines()))
        self.assertNotEqual(self.streamql("generate", "clicks", "--rows", 50, "--seed", 2).stdout, printed)

    def test_lists(self):
        for what, *expected in (("functions", "date_trunc", "count", "split_part"), ("connectors", "kafka", "connect_timeout", "create"),
                                ("formats", "json", "csv", "raw"), ("types", "DECIMAL", "TIMESTAMPTZ"), ("codes", "unknown-column", "not-supported"),
                                ("settings", "checkpoint_interval"), ("passes",), ("generators", "clicks", "conversions")):
            with self.subTest(what=what):
                done = self.streamql("list", what)
                self.assertTrue(done.stdout.strip())
                for word in expected:
                    self.assertRegex(done.stdout, rf"(?i)\b{word}\b")
                self.assertEqual(done.stderr, "")

    def test_help_names_every_flag_once(self):
        self.assertIn("run", self.streamql("--help").stdout)
        shown = self.streamql("run", "--help").stdout
        for flag in ("--local", "--set", "--parallelism", "--state-dir", "--until-idle", "--quiet", "--json", "--jit"):
            self.assertEqual(shown.count(flag + " "), 1, shown)
        self.assertRegex(self.streamql("--version").stdout, r"^streamql \d+\.\d+\.\d+\n$")

    def test_explain_has_all_stages(self):
        job = self.script(WINDOWED)
        for stage, expected in (("ast", "clicks"), ("logical", "window tumbling"), ("optimized", "append-only"), ("pipelines", "aggregate"),
                                ("ir", "define"), ("ir-opt", "define"), ("asm", "ret")):
            with self.subTest(stage=stage):
                self.assertIn(expected, self.streamql("explain", job, "--stage", stage).stdout)
        self.assertIn("ms", self.streamql("explain", job, "--time-passes").stdout)
        explained = self.run_sql(WINDOWED.replace("SELECT window", "EXPLAIN SELECT window"))
        self.assertIn("window tumbling", explained.stdout)
        self.assertEqual(explained.stderr, "")

    def test_explain_analyze_shows_rows_and_cpu(self):
        shown = self.streamql("explain", "--analyze", self.script(WINDOWED.replace("rows = 1000", "rows = 200000"))).stdout
        lines = {line.split("  ")[0]: line[44:].split() for line in shown.splitlines() if line.startswith(("scan(", "window(clicks) "))}
        self.assertEqual(lines["scan(clicks)"][:2], ["200000", "200000"])
        self.assertGreater(float(lines["scan(clicks)"][-1]), 1)
        self.assertIn("200000 =", " ".join(shown.split()))

    def test_check_connects_to_nothing(self):
        text = """CREATE STREAM s (id BIGINT) WITH (connector = 'kafka', topic = 't', format = 'json', brokers = '192.0.2.1:9092');
            CREATE SINK k (id BIGINT) WITH (connector = 'postgres', url = 'postgresql://u@192.0.2.1/x', table = 't'); INSERT INTO k SELECT id FROM s;"""
        for arguments in (["check"], ["explain"]):
            done = self.streamql(*arguments, self.script(text), timeout=5)
            self.assertEqual(done.stderr, "")
        queries = sorted((ROOT / "queries").glob("*.sql"))
        done = self.streamql("check", *queries)
        self.assertEqual(done.stdout.count(": ok\n"), len(queries))


if __name__ == "__main__":
    unittest.main()
