"""tools/setup.sh, run against a made-up dpkg-query, apt-get and id: nothing is installed by this test."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SETUP = Path(__file__).resolve().parents[2] / "tools" / "setup.sh"

# `installed` beside the programs holds the packages that are there; apt-get adds to it, and fails while `failures` says so.
DPKG_QUERY = """#!/bin/bash
shift 2
for p in "$@"; do grep -qx -- "$p" "$FAKE/installed" && echo "installed $p" || code=1; done
exit ${code:-0}
"""
APT_GET = """#!/bin/bash
echo "apt-get $*" >>"$FAKE/log"
[ "$1" = install ] || exit 0
left=$(cat "$FAKE/failures")
if [ "$left" -gt 0 ]; then echo $((left - 1)) >"$FAKE/failures"; exit 100; fi
for word in "$@"; do case $word in -*|*=*|install) ;; *) echo "$word" >>"$FAKE/installed" ;; esac; done
"""
SUDO = """#!/bin/bash
echo "sudo $*" >>"$FAKE/log"
exec "$@"
"""


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.fake = Path(folder.name)
        (self.fake / "bin").mkdir()
        for name, text in {"dpkg-query": DPKG_QUERY, "apt-get": APT_GET, "sudo": SUDO}.items():
            self.program(name, text)
        self.user(0)
        self.write("installed", "")
        self.write("failures", "0")
        self.write("log", "")
        self.write("os-release", 'ID=debian\nVERSION_ID="12"\n')

    def write(self, name, text):
        (self.fake / name).write_text(text)

    def read(self, name):
        return (self.fake / name).read_text()

    def program(self, name, text):
        path = self.fake / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def user(self, number):
        self.program("id", f"#!/bin/sh\necho {number}\n")

    def setup(self, *steps):
        environment = dict(os.environ, FAKE=str(self.fake), STREAMQL_OS_RELEASE=str(self.fake / "os-release"),
                           STREAMQL_APT_PAUSE="0", PATH=f"{self.fake}/bin:/usr/bin:/bin")
        return subprocess.run([SETUP, *steps], capture_output=True, text=True, env=environment)

    def test_installs_what_is_missing_and_then_nothing(self):
        self.write("installed", "g++\ncmake\n")
        first = self.setup("build")
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertRegex(first.stdout, r"setup: installing \d+ of \d+ packages: .*llvm-19-dev")
        install = self.read("log").splitlines()[1]
        self.assertIn(" llvm-19-dev", install)
        self.assertNotIn(" cmake", install)
        self.assertNotIn("postgresql", install)
        self.write("log", "")
        second = self.setup("build")
        self.assertEqual((second.returncode, self.read("log")), (0, ""))
        self.assertRegex(second.stdout, r"setup: all \d+ packages for 'build' are installed")

    def test_each_step_brings_its_own(self):
        self.setup("test")
        self.assertIn("postgresql\n", self.read("installed"))
        self.assertNotIn("clang-tidy-19\n", self.read("installed"))
        self.setup("check")
        self.assertIn("clang-tidy-19\n", self.read("installed"))

    def test_one_failure_of_apt_is_tried_again(self):
        self.write("failures", "1")
        done = self.setup("build")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("trying once more", done.stdout)

    def test_two_failures_of_apt_are_the_end(self):
        self.write("failures", "2")
        done = self.setup("build")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"apt-get failed twice .*still missing: .*g\+\+")

    def test_a_package_that_apt_did_not_bring_is_named(self):
        self.program("apt-get", "#!/bin/sh\nexit 0\n")
        done = self.setup("build")
        self.assertEqual(done.returncode, 1)
        self.assertIn("still missing", done.stderr)

    def test_another_user_goes_through_sudo(self):
        self.user(1000)
        self.assertEqual(self.setup("build").returncode, 0)
        self.assertTrue(self.read("log").startswith("sudo env DEBIAN_FRONTEND=noninteractive apt-get update"))

    def test_another_distribution_is_refused_with_the_list(self):
        self.write("os-release", 'ID=ubuntu\nVERSION_ID="24.04"\n')
        done = self.setup("build")
        self.assertEqual((done.returncode, self.read("log")), (1, ""))
        self.assertIn("this is 'ubuntu 24.04'", done.stderr)
        self.assertIn("librdkafka-dev", done.stderr)

    def test_a_missing_os_release_is_refused(self):
        (self.fake / "os-release").unlink()
        done = self.setup("build")
        self.assertEqual(done.returncode, 1)
        self.assertIn("this is 'unknown'", done.stderr)

    def test_an_unknown_step_is_refused(self):
        done = self.setup("everything")
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown step 'everything'", done.stderr)


if __name__ == "__main__":
    unittest.main()
