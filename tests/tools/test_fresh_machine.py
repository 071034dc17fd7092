"""tools/fresh_machine.sh against a made-up debootstrap and unshare: who types what where, what the table says, what is left."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "fresh_machine.sh"

DEBOOTSTRAP = """#!/bin/bash
echo "debootstrap $*" >>"$FAKE/log"
[ ! -e "$FAKE/no-debootstrap" ] || { echo "no route to the mirror"; exit 1; }
mkdir -p "${!#}/etc"
"""
# Everything after `enter` is ROOT, then the command as the machine sees it.
UNSHARE = """#!/bin/bash
while [ "$1" != enter ]; do shift; done
echo "in $(basename "$2"): ${*:3}" >>"$FAKE/log"
[ ! -d "$2/root/streamql" ] || echo "clone $(git -C "$2/root/streamql" rev-parse HEAD)" >>"$FAKE/log"
case "$*" in *"make demo") exit "$(cat "$FAKE/demo")" ;; esac
"""


class FreshMachine(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.fake = Path(holder.name)
        (self.fake / "bin").mkdir()
        for name, text in {"debootstrap": DEBOOTSTRAP, "unshare": UNSHARE, "id": "#!/bin/sh\necho 0\n"}.items():
            path = self.fake / "bin" / name
            path.write_text(text)
            path.chmod(0o755)
        (self.fake / "demo").write_text("0")
        (self.fake / "log").write_text("")
        # a checkout of its own: this one may be as large as its history
        self.top = self.fake / "checkout"
        (self.top / "tools").mkdir(parents=True)
        for name in ("README.md", "tools/fresh_machine.sh"):
            (self.top / name).write_bytes((ROOT / name).read_bytes())
        (self.top / "tools/fresh_machine.sh").chmod(0o755)
        for words in (["init", "-q"], ["add", "."], ["-c", "user.name=n", "-c", "user.email=e@x", "commit", "-qm", "one"]):
            subprocess.run(["git", "-C", self.top, *words], check=True)
        self.folder = self.fake / "machines"

    def fresh_machine(self, *arguments):
        environment = dict(os.environ, FAKE=str(self.fake), PATH=f"{self.fake}/bin:{os.environ['PATH']}")
        done = subprocess.run([self.top / "tools/fresh_machine.sh", *arguments, self.folder], capture_output=True, text=True, env=environment)
        return done, (self.fake / "log").read_text().splitlines()

    def test_root_and_a_user_type_what_readme_says(self):
        done, log = self.fresh_machine()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sum(line.startswith("debootstrap") for line in log), 1)
        by_root, by_user = ([line for line in log if line.startswith(f"in root-{who}")] for who in ("root", "user"))
        self.assertRegex(by_root[0], r"apt-get install .*git make sudo")
        self.assertRegex(by_root[1], r"env -i HOME=/root .* make demo$")
        self.assertRegex(by_root[2], r" make test$")
        self.assertNotIn("runuser", " ".join(by_root))
        self.assertRegex(by_user[-2], r"runuser -u newcomer -- env -i HOME=/home/newcomer .* make demo$")
        self.assertRegex(by_user[-1], r"runuser .* make test$")
        head = subprocess.run(["git", "-C", self.top, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
        self.assertIn(f"clone {head}", log)
        rows = [line.split()[:3] for line in done.stdout.splitlines() if " ok " in line]
        self.assertEqual(rows, [["root", "bare", "system"], ["root", "make", "demo"], ["root", "make", "test"],
                                ["user", "bare", "system"], ["user", "make", "demo"], ["user", "make", "test"]])
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), [".fresh-machine", "logs"])

    def test_one_command_one_person_kept(self):
        done, log = self.fresh_machine("--only", "demo", "--as", "root", "--keep")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("make test", "".join(log))
        self.assertNotIn("newcomer", "".join(log))
        self.assertTrue((self.folder / "root-root/root/streamql/README.md").exists())

    def test_a_failure_is_told_and_ends_that_machine(self):
        (self.fake / "demo").write_text("2")
        done, log = self.fresh_machine("--as", "root")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"root +make demo +\d+ s +FAILED")
        self.assertNotIn("make test", "".join(log))

    def test_without_a_bare_system_nothing_runs(self):
        (self.fake / "no-debootstrap").write_text("")
        done, log = self.fresh_machine()
        self.assertEqual(done.returncode, 1)
        self.assertIn("no route to the mirror", done.stderr)
        self.assertEqual(len(log), 1)

    def test_a_folder_that_is_not_its_own_is_left_alone(self):
        self.folder.mkdir()
        (self.folder / "precious").write_text("x")
        done, log = self.fresh_machine("--only", "demo")
        self.assertEqual((done.returncode, log), (1, []))
        self.assertIn("was not made by this script", done.stderr)
        self.assertTrue((self.folder / "precious").exists())

    def test_a_wrong_command_line(self):
        for words in (["--only", "lunch"], ["--as", "nobody"], ["--fast"], ["other", "folder"]):
            self.assertEqual(self.fresh_machine(*words)[0].returncode, 2, words)


if __name__ == "__main__":
    unittest.main()
