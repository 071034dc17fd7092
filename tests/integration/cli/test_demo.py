"""What `make demo` shows once it is built: the last windows and the totals, on one screen or two, and where the rest lies."""

import subprocess
import sys
import unittest
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import ROOT, StreamqlCase, lines_of  # noqa: E402


class Demo(StreamqlCase):
    def test_it_shows_the_end_and_the_totals(self):
        recipe = subprocess.run(["make", "-n", "-C", ROOT, "--no-print-directory", "demo"], capture_output=True, text=True, check=True).stdout
        shown = recipe[recipe.index("build/release/streamql run"):].replace("build/release/streamql run", f"'{self.binary}' run")
        (self.folder / "queries").symlink_to(ROOT / "queries")
        done = subprocess.run(["bash", "-e", "-c", shown], cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertLess(len(lines), 150)  # a window has 20 rows, an epoch shows one
        whole = lines_of(self.folder / "streamql-out/campaign_table.jsonl")
        self.assertIn("streamql-out/campaign_table.jsonl", done.stdout)
        last = max(row["window_start"] for row in whole)
        self.assertEqual(sum(line.startswith(last) for line in lines), sum(row["window_start"] == last for row in whole))
        totals = [line.split() for line in lines if line.startswith("campaign-")]
        self.assertEqual(len(totals), len({row["campaign_id"] for row in whole}))
        self.assertEqual(totals, sorted(totals))
        self.assertEqual(sum(int(row[3]) for row in totals), sum(row["conversions"] for row in whole))
        self.assertEqual(sum(Decimal(row[4]) for row in totals), sum(Decimal(row["revenue"]) for row in whole))


if __name__ == "__main__":
    unittest.main()
