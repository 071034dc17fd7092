"""tools/check_docs.py must find each planted untruth of a document and accept what is true."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECKER = Path(__file__).resolve().parents[2] / "tools" / "check_docs.py"

STREAMQL = """#!/bin/sh
if [ "$1" = run ]; then echo "  --local    no server at all"; else echo "  run     runs a query"; fi
"""


class CheckDocs(unittest.TestCase):
    def check(self, readme):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name in ("tools/servers", "runtime/base", "queries", "build/release"):
                (root / name).mkdir(parents=True)
            (root / "README.md").write_text(readme)
            (root / "Makefile").write_text("demo:\n\techo\ntest:\n\techo\n")
            (root / "CMakePresets.json").write_text('{"configurePresets": [{"name": "dev"}]}')
            (root / "tools/servers.sh").write_text("case $1 in start) ;; esac; echo $STREAMQL_SERVERS_DIR\n")
            (root / "runtime/base/clock.h").write_text("")
            (root / "queries/first.sql").write_text("")
            binary = root / "build/release/streamql"
            binary.write_text(STREAMQL)
            binary.chmod(0o755)
            environment = {k: v for k, v in os.environ.items() if k != "STREAMQL_BINARY"}
            done = subprocess.run([sys.executable, "-B", CHECKER, folder], capture_output=True, text=True, env=environment)
            self.assertEqual(done.stderr, "")
            return done.returncode, done.stdout.strip().splitlines()

    def assert_found(self, readme, *expected):
        self.assertEqual(self.check(readme), (1, list(expected)))

    def test_what_is_true_passes(self):
        code, lines = self.check(
            "See `runtime/base/clock.h`, `runtime/base/{clock,clock}.h`, `queries/*.sql`, `clock.h`, `make demo`, [it](queries/first.sql),\n"
            "`streamql run FILE --local`, `STREAMQL_SERVERS_DIR`, `a / b`, `runtime/<room>/`, [out](https://example.org/x).\n"
            "```sh\ncmake --preset dev   # or make nothing\n$ tools/servers.sh start\nmake test\n```\n")
        self.assertEqual(code, 0, lines)
        self.assertRegex(lines[0], r"^docs: \d+ names, all true$")

    def test_missing_path(self):
        self.assert_found("one\n`runtime/base/gone.h`\n", "README.md:2: no such path: runtime/base/gone.h")

    def test_missing_path_of_several(self):
        self.assert_found("`runtime/base/{clock,gone}.h`\n", "README.md:1: no such path: runtime/base/gone.h")

    def test_missing_file_name(self):
        self.assert_found("`gone.md`\n", "README.md:1: no file of this name: gone.md")

    def test_missing_make_target(self):
        self.assert_found("```sh\nmake fly\n```\n", "README.md:2: no such make target: fly")

    def test_missing_preset(self):
        self.assert_found("`cmake --preset fast`\n", "README.md:1: no such preset: fast")

    def test_missing_script_command(self):
        self.assert_found("`tools/servers.sh restart`\n", "README.md:1: tools/servers.sh knows nothing of 'restart'")

    def test_missing_streamql_command(self):
        self.assert_found("`streamql shell`\n", "README.md:1: streamql has no command 'shell'")

    def test_missing_streamql_flag(self):
        self.assert_found("```sh\nbuild/release/streamql run q.sql --loca\n```\n",
                          "README.md:2: streamql run has no flag --loca")

    def test_missing_variable(self):
        self.assert_found("`STREAMQL_NOTHING`\n", "README.md:1: nothing reads STREAMQL_NOTHING")

    def test_broken_link(self):
        self.assert_found("[gone](docs/gone.md)\n", "README.md:1: the link leads nowhere: docs/gone.md")

    def test_other_words_in_sh_blocks_are_left_alone(self):
        code, lines = self.check("```sql\nSELECT 'runtime/base/gone.h';\n```\n")
        self.assertEqual(code, 0, lines)


if __name__ == "__main__":
    unittest.main()
