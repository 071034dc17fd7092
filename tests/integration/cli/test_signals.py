"""Stopping and starting: SIGTERM ends the epoch and closes nothing, a job without state goes on where it stopped, a broker
that goes away and comes back loses nothing."""

import json
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import STOP_SECONDS, StreamqlCase, psql, server, unique  # noqa: E402

COLUMNS = "click_id STRING NOT NULL, user_id BIGINT, campaign_id STRING, click_time TIMESTAMP"
WATERMARK = ", WATERMARK FOR click_time AS click_time - INTERVAL '5' MINUTE"


class Signals(StreamqlCase):
    def setUp(self):
        super().setUp()
        self.topic = unique("clicks")

    def produce(self, rows, *flags):
        self.streamql("generate", "clicks", "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", self.topic, "--rows", rows, *flags)

    def source(self, watermark="", options=""):
        return (f"CREATE STREAM clicks ({COLUMNS}{watermark}) WITH (connector = 'kafka', topic = '{self.topic}', "
                f"brokers = '{server('KAFKA_BROKERS')}', format = 'json' {options});\n")

    def to_postgres(self, table):
        return self.source() + f"""SET job = '{self.topic}'; SET checkpoint_interval = '200ms';
            CREATE SINK k (click_id STRING, user_id BIGINT) WITH (connector = 'postgres', url = '{server("POSTGRES_URL")}', table = '{table}', create = 'if_missing');
            INSERT INTO k SELECT click_id, user_id + 0 FROM clicks WHERE user_id % 2 = 0;"""

    def table(self):
        table = unique("stored")
        self.addCleanup(psql, f"DROP TABLE IF EXISTS {table}")
        return table

    def rows_in(self, table):
        return int(psql(f"SELECT count(*) FROM {table}")[0][0])

    def exists(self, table):
        return psql(f"SELECT to_regclass('{table}')")[0][0] is not None

    def expected(self, rows, *flags):
        lines = self.streamql("generate", "clicks", "--rows", rows, *flags).stdout.splitlines()
        return sorted(r["click_id"] for r in map(json.loads, lines) if r["user_id"] % 2 == 0)

    def stored(self, table):
        return sorted(row[0] for row in psql(f"SELECT click_id FROM {table}"))

    def test_sigterm_closes_no_window_and_the_next_run_goes_on(self):
        self.produce(20_000)  # 33 minutes of event time
        script = f"SET job = '{self.topic}';" + self.source(WATERMARK) + """CREATE SINK k WITH (connector = 'file', path = 'out.jsonl', format = 'json', rotate.rows = 1000);
            CREATE SINK seen WITH (connector = 'console', format = 'csv');
            INSERT INTO k SELECT window_start, count(*) AS n FROM clicks WINDOW TUMBLING (SIZE 1 HOUR);
            INSERT INTO seen SELECT click_id FROM clicks;"""
        job = self.start(script, "--json")
        self.wait_until(lambda: job.out.count("\n") > 20_000, "the rows")
        code, seconds = job.stop()
        self.assertEqual(code, 0, job.err)
        self.assertLess(seconds, STOP_SECONDS)
        self.assertIn("begins at `start`", job.err.splitlines()[0])
        self.assertIn("stopped; what is open is saved", job.err)
        self.assertEqual(list(self.folder.glob("out*")), [])
        report = json.loads(job.out.splitlines()[-1])
        self.assertTrue(report["stopped"])
        self.assert_ledger(report)
        self.assertEqual({line["consumed"] for line in report["ledger"]}, {20_000})
        again = self.start(script, "--until-idle", "1s")
        self.assertEqual(again.wait(60), 0, again.err)
        self.assertRegex(again.err.splitlines()[0], r"goes on from epoch \d+ of \d{4}-\d\d-\d\dT\S+, at \d+ positions?, with \d+ entr")
        self.assertEqual([json.loads(l)["n"] for l in (self.folder / "out-00001.jsonl").read_text().splitlines()], [20_000])
        self.assertNotIn("click-", again.out)

    def test_until_idle_closes_windows(self):
        self.produce(20_000)
        begin = time.monotonic()
        report = self.report_of(self.source(WATERMARK) + """CREATE SINK k WITH (connector = 'file', path = 'out.jsonl', format = 'json');
            INSERT INTO k SELECT window_start, count(*) AS n FROM clicks WINDOW TUMBLING (SIZE 1 HOUR);""", "--until-idle", "2s")
        self.assertLess(time.monotonic() - begin, 15)
        self.assertFalse(report["stopped"])
        self.assertEqual([json.loads(l)["n"] for l in (self.folder / "out.jsonl").read_text().splitlines()], [20_000])

    def test_a_job_without_state_goes_on_where_it_stopped(self):
        table, rows = self.table(), 30_000
        self.produce(1)  # makes the topic; the producer below begins anew with the same first event
        producer = self.start_producer(rows, 6_000)
        seen = stops = 0
        while producer.process.poll() is None:
            job = self.start(self.to_postgres(table))
            self.wait_until(lambda: (self.exists(table) and self.rows_in(table) > seen) or producer.process.poll() is not None, "rows in the table")
            code, seconds = job.stop()
            self.assertEqual(code, 0, job.err)
            self.assertLess(seconds, STOP_SECONDS)
            self.assertIn("goes on from epoch" if stops else "begins at `start`", job.err.splitlines()[0])
            seen = self.rows_in(table)
            stops += 1
        self.assertGreater(stops, 2)
        self.assertEqual(producer.wait(30), 0, producer.err)
        last = self.start(self.to_postgres(table), "--until-idle", "2s")
        self.assertEqual(last.wait(30), 0, last.err)
        self.assertEqual(self.stored(table), sorted(self.expected(rows) + self.expected(1)))
        # that was the end of its input: one more run begins anew, and says so
        again = self.run_sql(self.to_postgres(table), "--until-idle", "1s")
        self.assertRegex(again.stderr.splitlines()[0], r"came to the end of its input at .*; begins anew at `start`")

    def start_producer(self, rows, rate):
        from streamql_case import Running
        return Running(self, ["generate", "clicks", "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", self.topic,
                              "--rows", str(rows), "--rate", str(rate), "--spacing", "100ms"], self.environment())

    def test_a_kill_loses_nothing(self):
        table, rows = self.table(), 30_000
        self.produce(1)
        producer = self.start_producer(rows, 8_000)
        for _ in range(2):
            seen = self.rows_in(table) if self.exists(table) else 0
            job = self.start(self.to_postgres(table))
            self.wait_until(lambda: self.exists(table) and self.rows_in(table) > seen, "rows in the table")
            job.kill()
        self.assertEqual(producer.wait(30), 0, producer.err)
        last = self.start(self.to_postgres(table), "--until-idle", "3s")
        self.assertEqual(last.wait(30), 0, last.err)
        self.assertEqual(sorted(set(self.stored(table))), sorted(set(self.expected(rows))))

    def test_a_second_signal_ends_at_once(self):
        # a table that somebody has locked keeps the last epoch waiting
        table = self.table()
        psql(f"CREATE TABLE {table} (click_id text, user_id bigint)")
        locker = subprocess.Popen(["psql", server("POSTGRES_URL"), "-qAtX"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(locker.communicate)
        print(f"BEGIN; LOCK TABLE {table}; SELECT 'locked';", file=locker.stdin, flush=True)
        self.assertEqual(locker.stdout.readline().strip(), "locked")
        self.produce(1_000)
        job = self.start(self.to_postgres(table))
        waiting = f"SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND NOT granted"
        self.wait_until(lambda: psql(waiting)[0][0] != "0", "the sink waits for the table")
        job.signal()
        time.sleep(0.3)
        self.assertIsNone(job.process.poll())
        job.signal()
        self.assertEqual(job.wait(2), 130, job.err)

    def test_sigterm_while_connecting(self):
        job = self.start("""CREATE STREAM s (id BIGINT) WITH (connector = 'kafka', topic = 't', format = 'json',
            brokers = '127.0.0.1:1', connect_timeout = '60s'); SELECT id FROM s;""")
        self.wait_until(job.catches, "the handler")
        code, seconds = job.stop()
        self.assertEqual(code, 0, job.err)
        self.assertLess(seconds, 10)  # and not the 60 s of connect_timeout
        self.assertIn("stopped before the first record", job.err)

    def test_interrupt_and_hangup_are_a_stop_too(self):
        self.produce(100)
        for number in (signal.SIGINT, signal.SIGHUP):
            with self.subTest(signal=number):
                job = self.start(self.source(options=", start = 'earliest'") + f"SET job = 'by{number}'; SELECT click_id FROM clicks;")
                self.wait_until(lambda: job.out.count("\n") >= 100, "the rows")
                job.signal(number)
                self.assertEqual(job.wait(10), 0, job.err)
                self.assertIn("stopped in", job.err)

    def test_hangup_is_ignored_under_nohup(self):
        job = self.start("""CREATE STREAM clicks (click_id STRING) WITH (connector = 'generate', name = 'clicks', rows = 3000, rate = 1000);
            CREATE SINK k WITH (connector = 'blackhole'); INSERT INTO k SELECT click_id FROM clicks;""", before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.wait_until(job.catches, "the handler")
        self.assertFalse(job.catches(signal.SIGHUP))
        job.signal(signal.SIGHUP)
        self.assertEqual(job.wait(20), 0, job.err)
        self.assertIn("done in", job.err)


if __name__ == "__main__":
    unittest.main()
