"""README's page with Kafka and PostgreSQL, typed as it stands, against servers of its own: results come well before any
idle_timeout (30 s), although partitions may be empty, and lie in the database."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import ROOT, Running, StreamqlCase  # noqa: E402


class WithServers(StreamqlCase):
    def servers(self, *arguments):
        environment = {k: v for k, v in os.environ.items() if k != "STREAMQL_SERVERS_DIR"}
        done = subprocess.run([ROOT / "tools" / "servers.sh", "--dir", self.folder / "servers", *arguments], env=environment,
                              capture_output=True, text=True, timeout=90)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_it_shows_results_at_once(self):
        section = (ROOT / "README.md").read_text().split("## With Kafka and PostgreSQL", 1)[1].split("\n## ", 1)[0]
        commands = re.findall(r"^streamql (.*)$", re.search(r"```sh\n(.*?)```", section, re.S).group(1), re.M)
        self.assertEqual([c.split()[0] for c in commands], ["generate", "generate", "run"])
        self.addCleanup(self.servers, "wipe")
        environment = self.environment(**dict(re.findall(r"(\w+)=(\S+)", self.servers("start", "kafka", "postgres"))))
        (self.folder / "queries").symlink_to(ROOT / "queries")
        for command in commands[:2]:
            words = [environment[w[1:]] if w.startswith("$") else w for w in command.split()]
            subprocess.run([self.binary, *words], cwd=self.folder, env=environment, check=True, timeout=60)
        running = Running(self, [*commands[2].split(), "--state-dir", "state"], environment)
        self.wait_until(lambda: "campaign-" in running.out, "the first windows", 20)
        self.assertEqual(running.stop()[0], 0, running.err)
        query = ["psql", environment["POSTGRES_URL"], "-qAtXc", "SELECT count(*) FROM campaign_metrics"]
        self.assertGreater(int(subprocess.run(query, capture_output=True, text=True, check=True, timeout=30).stdout), 0)


if __name__ == "__main__":
    unittest.main()
