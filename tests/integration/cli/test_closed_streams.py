"""Every command with a stdout and a stderr that are full, closed or read no further: no output is lost in silence, nothing
crashes, and a reader that went away is no error. The expected outcomes are the table below."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import StreamqlCase  # noqa: E402

ROWS = """CREATE STREAM clicks (click_id STRING NOT NULL, user_id BIGINT, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time)
WITH (connector = 'generate', rows = 60000);
"""
COMMANDS = {  # those that print results; each prints more than a pipe holds, or goes on for a while
    "run": "run rows.sql",
    "run --quiet": "run rows.sql --quiet",
    "run --json": "run hole.sql --json",
    "run json": "run json.sql",
    "run EXPLAIN": "run explain.sql",
    "explain": "explain rows.sql",
    "explain ast": "explain rows.sql --stage ast",
    "explain ir": "explain rows.sql --stage ir",
    "explain asm": "explain rows.sql --stage asm",
    "explain --time-passes": "explain rows.sql --time-passes",
    "explain --analyze": "explain hole.sql --analyze",
    "check": "check hole.sql",
    "generate": "generate clicks --rows 60000",
    "generate --truth": "generate clicks --truth --rows 2000",
    "list functions": "list functions",
    "list connectors": "list connectors",
    "list formats": "list formats",
    "list types": "list types",
    "list codes": "list codes",
    "list settings": "list settings",
    "list passes": "list passes",
    "list generators": "list generators",
    "--help": "--help",
    "run --help": "run --help",
    "--version": "--version",
}
# redirection: exit codes of a command that prints something, what stderr says
REDIRECTIONS = {
    ">/dev/full": ({3}, r"^error: cannot write to standard output: No space left on device"),
    ">&-": ({3}, r"^error: cannot write to standard output: Bad file descriptor"),
    "| true": ({0, 141}, None),  # 0: all was written before the reader left
    "| head -n 1": ({0, 141}, None),
}
NOISE = {"2>/dev/full", "2>&-"}  # nothing can be said; the outcome stays what it was


class ClosedStreams(StreamqlCase):
    def setUp(self):
        super().setUp()
        self.script(ROWS + "SELECT click_id, user_id FROM clicks;", "rows.sql")
        self.script(ROWS + "EXPLAIN SELECT click_id, user_id FROM clicks;", "explain.sql")
        self.script(ROWS + "CREATE SINK k WITH (connector = 'console', format = 'json'); INSERT INTO k SELECT click_id FROM clicks;", "json.sql")
        self.script(ROWS + "CREATE SINK k WITH (connector = 'blackhole'); INSERT INTO k SELECT click_id FROM clicks;", "hole.sql")

    def shell(self, command, redirection):
        done = subprocess.run(["bash", "-c", f"'{self.binary}' {command} {redirection}; echo ${{PIPESTATUS[0]}} >code"], cwd=self.folder,
                              env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        return int((self.folder / "code").read_text()), done

    def test_every_command_with_every_stdout(self):
        for redirection, (codes, message) in REDIRECTIONS.items():
            for name, command in COMMANDS.items():
                with self.subTest(command=name, stdout=redirection):
                    code, done = self.shell(command, redirection)
                    self.assertIn(code, codes, done.stderr[-2000:])
                    self.assertNotIn("terminate called", done.stderr)
                    if message is None:
                        self.assertNotIn("error:", done.stderr)
                    else:
                        errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
                        self.assertEqual(len(errors), 1, done.stderr[-2000:])
                        self.assertRegex(errors[0], message)

    def test_every_command_with_every_stderr(self):
        for redirection in sorted(NOISE):
            for name, command in COMMANDS.items():
                with self.subTest(command=name, stderr=redirection):
                    code, done = self.shell(command + " >out", redirection)
                    self.assertEqual(code, 0)
                    self.assertTrue((self.folder / "out").read_text().strip() or name in ("run hole",))
            for command, expected in (("run none.sql", 2), ("list nothing", 2), ("check bad.sql", 1), ("run dead.sql", 3)):
                self.script("SELECT x FROM y;", "bad.sql")
                self.script(ROWS.replace("connector = 'generate', rows = 60000", "connector = 'file', path = 'none', format = 'json'") + "SELECT click_id FROM clicks;", "dead.sql")
                with self.subTest(command=command, stderr=redirection):
                    self.assertEqual(self.shell(command, redirection)[0], expected)

    def test_results_do_not_land_in_a_file_of_ours(self):
        """With stdout closed, the next file that is opened would get its number."""
        self.script(ROWS + """CREATE SINK k WITH (connector = 'file', path = 'out.jsonl', format = 'json'); CREATE SINK c WITH (connector = 'console', format = 'csv');
            INSERT INTO k SELECT user_id FROM clicks; INSERT INTO c SELECT click_id FROM clicks;""", "two.sql")
        code, done = self.shell("run two.sql", ">&- 2>err")
        self.assertEqual(code, 3, done.stderr)
        for path in self.folder.iterdir():
            if path.is_file() and path.name.startswith("out.jsonl"):
                self.assertNotIn("click-0", path.read_text())

    def test_closed_stdin(self):
        code, done = self.shell("check -", "<&-")
        self.assertEqual(code, 2, done.stderr)
        self.assertRegex(done.stderr, r"error: cannot read standard input: Bad file descriptor")


if __name__ == "__main__":
    unittest.main()
