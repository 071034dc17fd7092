"""A broker that is killed and started again under a running job: the job says DEGRADED, goes on by itself, loses nothing."""

import json
import os
import sys
import unittest
import subprocess
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import ROOT, STOP_SECONDS, StreamqlCase, psql, server, unique  # noqa: E402


class BrokerRestart(StreamqlCase):
    def servers(self, *arguments):
        environment = {k: v for k, v in os.environ.items() if k != "STREAMQL_SERVERS_DIR"}
        done = subprocess.run([ROOT / "tools" / "servers.sh", "--dir", self.folder / "servers", *arguments], env=environment,
                              capture_output=True, text=True, timeout=90)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def setUp(self):
        super().setUp()
        self.addCleanup(self.servers, "wipe")
        self.brokers = self.servers("start", "kafka").split("KAFKA_BROKERS=")[1].split()[0]

    def produce(self, seed, rows):
        self.streamql("generate", "clicks", "--to", "kafka", "--brokers", self.brokers, "--topic", "clicks", "--rows", rows, "--seed", seed)
        return sorted(json.loads(l)["user_id"] for l in self.streamql("generate", "clicks", "--rows", rows, "--seed", seed).stdout.splitlines())

    def test_the_job_goes_on(self):
        table = unique("users")
        self.addCleanup(psql, f"DROP TABLE IF EXISTS {table}")
        expected = self.produce(1, 5_000)
        job = self.start(f"""SET checkpoint_interval = '200ms';
            CREATE STREAM clicks (user_id BIGINT) WITH (connector = 'kafka', topic = 'clicks', brokers = '{self.brokers}', format = 'json');
            CREATE SINK k (user_id BIGINT) WITH (connector = 'postgres', url = '{server("POSTGRES_URL")}', table = '{table}', create = 'if_missing');
            CREATE SINK copy WITH (connector = 'kafka', topic = 'copy', brokers = '{self.brokers}', create = 'if_missing');
            INSERT INTO k SELECT user_id FROM clicks;
            INSERT INTO copy SELECT user_id FROM clicks;""", "--json")
        stored = lambda: psql(f"SELECT count(*) FROM {table}")[0][0]
        self.wait_until(lambda: psql(f"SELECT to_regclass('{table}')")[0][0] and stored() == "5000", "the first rows")
        self.servers("kill", "kafka")
        self.servers("start", "kafka")
        self.assertIsNone(job.process.poll(), job.err)
        expected += self.produce(2, 5_000)
        self.wait_until(lambda: stored() == "10000", "the rows behind the restart", 60)
        self.assertEqual(job.stop()[0], 0, job.err)
        self.assertEqual(sorted(int(r[0]) for r in psql(f"SELECT user_id FROM {table}")), sorted(expected))
        report = json.loads(job.out)
        self.assert_ledger(report)
        self.assertEqual({line["consumed"] for line in report["ledger"]}, {10_000})
        os.environ["KAFKA_BROKERS"], ours = self.brokers, os.environ["KAFKA_BROKERS"]
        self.addCleanup(os.environ.__setitem__, "KAFKA_BROKERS", ours)
        copied = sorted(json.loads(value)["user_id"] for _, _, value in self.topic_lines("copy"))
        self.assertEqual(copied, sorted(expected))

    def test_a_stop_while_the_broker_is_down(self):
        self.produce(1, 100)
        job = self.start(f"""CREATE STREAM clicks (user_id BIGINT) WITH (connector = 'kafka', topic = 'clicks', brokers = '{self.brokers}', format = 'json');
            SELECT user_id FROM clicks;""")
        self.wait_until(lambda: job.out.count("\n") >= 100, "the rows")
        self.servers("kill", "kafka")
        code, seconds = job.stop()
        self.assertLess(seconds, STOP_SECONDS)
        self.assertEqual(code, 0, job.err)


if __name__ == "__main__":
    unittest.main()
