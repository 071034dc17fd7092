"""tools/servers.sh with a set of its own: crash, stale pid file, port taken, second start. Kafka takes the same paths and
is started by `make test` itself, so the quick servers stand for all here."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

SERVERS = Path(__file__).resolve().parents[2] / "tools" / "servers.sh"


class Servers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="streamql-servers-")
        os.chmod(cls.folder, 0o755)

    @classmethod
    def tearDownClass(cls):
        cls.run_script("wipe")

    @classmethod
    def run_script(cls, *words):
        return subprocess.run([SERVERS, "--dir", cls.folder, *words], capture_output=True, text=True, timeout=120)

    def start(self):
        done = self.run_script("start", "postgres", "redis")
        self.assertEqual(done.returncode, 0, done.stderr)
        return dict(re.findall(r"(\w+)=(\S+)", done.stdout))

    def pid(self, name):
        return int(re.search(rf"^{name} .* pid (\d+)", self.run_script("status").stdout, re.M).group(1))

    def sql(self, variables, statement, **replaced):
        environment = {**os.environ, **variables, **replaced}
        return subprocess.run(["psql", "-XAtc", statement], capture_output=True, text=True, env=environment)

    def test_a_second_start_changes_nothing(self):
        first = self.start()
        self.assertEqual(set(first), {"POSTGRES_URL", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "REDIS_URL"})
        pids = self.pid("postgres"), self.pid("redis")
        self.assertEqual(self.start(), first)
        self.assertEqual((self.pid("postgres"), self.pid("redis")), pids)

    def test_data_outlive_a_crash(self):
        variables = self.start()
        self.assertEqual(self.sql(variables, "CREATE TABLE kept AS SELECT 42 AS x").returncode, 0)
        self.assertEqual(self.run_script("kill", "postgres", "redis").returncode, 0)
        self.assertEqual(self.run_script("status").returncode, 1)
        self.assertEqual(self.start(), variables)
        self.assertEqual(self.sql(variables, "SELECT x FROM kept").stdout.strip(), "42")

    def test_the_guarded_role_needs_its_password(self):
        variables = self.start()
        right = self.sql(variables, "SELECT current_user", PGUSER="guarded", PGPASSWORD="guarded")
        self.assertEqual(right.stdout.strip(), "guarded", right.stderr)
        wrong = self.sql(variables, "SELECT 1", PGUSER="guarded", PGPASSWORD="wrong")
        self.assertIn("password authentication failed", wrong.stderr)

    def test_a_stale_pid_file_harms_nobody(self):
        self.start()
        self.run_script("stop", "redis")
        stranger = subprocess.Popen(["sleep", "60"])
        try:
            Path(self.folder, "redis", "pid").write_text(f"{stranger.pid}\n")
            self.assertRegex(self.run_script("status").stdout, r"(?m)^redis +stopped")
            self.run_script("stop", "redis")
            self.assertIsNone(stranger.poll(), "stop signalled a process that is not ours")
            self.start()
            self.assertNotEqual(self.pid("redis"), stranger.pid)
        finally:
            stranger.send_signal(signal.SIGKILL)
            stranger.wait()

    def test_a_port_taken_meanwhile_is_left_to_its_owner(self):
        port = int(self.start()["REDIS_URL"].rsplit(":", 1)[1])
        self.run_script("stop", "redis")
        with socket.socket() as owner:
            owner.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            owner.bind(("127.0.0.1", port))
            owner.listen()
            self.assertNotEqual(self.start()["REDIS_URL"], f"redis://127.0.0.1:{port}")

    def test_unknown_names_are_refused(self):
        done = self.run_script("start", "oracle")
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown server 'oracle'", done.stderr)


if __name__ == "__main__":
    unittest.main()
