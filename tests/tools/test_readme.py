"""README's first query, typed as a newcomer would: the sh block must run, and every row of the table below it must appear."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


class FirstQuery(unittest.TestCase):
    def setUp(self):
        section = README.read_text().split("## Your first query", 1)[1].split("\n## ", 1)[0]
        self.script = re.search(r"```sh\n(.*?)```", section, re.S).group(1)
        rows = re.findall(r"^\|(.+)\|$", section, re.M)[2:]  # without the head and its rule
        self.rows = [[cell.strip() for cell in row.split("|")] for row in rows]

    def test_it_prints_the_rows_that_the_text_shows(self):
        self.assertEqual(len(self.rows), 3)
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(Path(os.environ["STREAMQL_BINARY"]).resolve(), Path(folder, "streamql"))
            environment = dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}")
            done = subprocess.run(["bash", "-e", "-c", self.script], cwd=folder, env=environment, capture_output=True,
                                  text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        for row in self.rows:
            found = [line for line in lines if all(re.search(rf"(?<!\w){re.escape(cell)}(?!\w)", line) for cell in row)]
            self.assertEqual(len(found), 1, f"{row} in:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    unittest.main()
