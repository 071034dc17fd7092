"""A database that is killed and started again under a running job: DEGRADED with its cause is on stderr at once, so is its
end, and the job goes on by itself."""

import os
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import ROOT, StreamqlCase  # noqa: E402


class DatabaseRestart(StreamqlCase):
    def servers(self, *arguments):
        environment = {k: v for k, v in os.environ.items() if k != "STREAMQL_SERVERS_DIR"}
        done = subprocess.run([ROOT / "tools" / "servers.sh", "--dir", self.folder / "servers", *arguments], env=environment,
                              capture_output=True, text=True, timeout=90)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def setUp(self):
        super().setUp()
        self.addCleanup(self.servers, "wipe")
        self.url = self.servers("start", "postgres").split("POSTGRES_URL=")[1].split()[0]

    def count(self):
        done = subprocess.run(["psql", self.url, "-qAtX", "-c", "SELECT count(*) FROM k"], capture_output=True, text=True, timeout=30)
        return int(done.stdout) if done.returncode == 0 else 0

    def test_degraded_is_said_at_once(self):
        for flags in ([], ["--quiet"], ["--log-format", "json"]):
            with self.subTest(flags=flags):
                job = self.start(f"""SET checkpoint_interval = '100ms';
                    CREATE STREAM clicks (click_id STRING) WITH (connector = 'generate', name = 'clicks', rate = 500);
                    CREATE SINK k (click_id STRING) WITH (connector = 'postgres', url = '{self.url}', table = 'k', create = 'if_missing');
                    INSERT INTO k SELECT click_id FROM clicks;""", *flags)
                before = self.count()
                self.wait_until(lambda: self.count() > before, "the first rows")
                self.assertNotIn("DEGRADED", job.err)
                self.servers("kill", "postgres")
                killed = time.monotonic()
                self.wait_until(lambda: "DEGRADED" in job.err, "DEGRADED on stderr", 10)
                self.assertRegex(job.err, r'DEGRADED: sink \\?"k\\?": .*; trying again')
                self.servers("start", "postgres")
                before = self.count()
                self.wait_until(lambda: "recovered after" in job.err, "its end on stderr")
                self.wait_until(lambda: self.count() > before, "more rows")
                self.assertLess(job.err.count("\n"), 12 + (time.monotonic() - killed) / 5, job.err)
                self.assertEqual(job.stop()[0], 0, job.err)


if __name__ == "__main__":
    unittest.main()
