"""tools/check_setup.py must find each planted need that no package meets; and its table must be true of this machine."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
import check_setup  # noqa: E402

SETUP = """case ${2:-} in test) echo make; echo postgresql ;; check) echo clang-tidy-19 ;; *) echo make; echo zlib1g-dev; echo pkg-config ;; esac
"""


class CheckSetup(unittest.TestCase):
    def problems(self, **files):
        """Of a project with these files (`__` is a slash, `_dot_` a dot) beside a made-up setup.sh."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, text in {"tools__setup_dot_sh": SETUP, **files}.items():
                path = root / name.replace("__", "/").replace("_dot_", ".")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            done = subprocess.run([sys.executable, "-B", TOOLS / "check_setup.py", folder], capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        lines = done.stdout.splitlines()
        self.assertEqual(done.returncode, 0 if lines[0].startswith("setup: ") else 1, lines)
        return [] if done.returncode == 0 else lines

    def assert_one(self, expected, **files):
        problems = self.problems(**files)
        self.assertEqual(len(problems), 1, problems)
        self.assertRegex(problems[0], expected)

    def test_what_is_met_passes(self):
        self.assertEqual(self.problems(
            CMakeLists_dot_txt="find_package(ZLIB REQUIRED)\nfind_package(Threads)\nfind_program(P nothing make)\npkg_check_modules(X REQUIRED IMPORTED_TARGET)\n",
            Makefile="all:\n\tmake -C x && $(MAKE) | sed p\n",
            tools__a_dot_sh="f() { g=$(sed p <<E\nunknown here\nE\n); }\nf \"$(f 'unknown too')\"  # nor this\ncase x in unknown|y*) f ;; esac\n"
                            "list=(unknown words)\nfor ((i = 0; i < 2; i++)); do A=1 nice -n 5 make; done\n",
            tests__a_dot_py="import subprocess\nsubprocess.run(['psql', x])\nsubprocess.run([program])\n"), [])

    def test_a_library_that_no_listed_package_brings(self):  # as a bare Debian met it
        self.assert_one(r"^CMakeLists\.txt:2: lib:zstd comes with libzstd-dev, which `tools/setup\.sh build` does not install$",
                        CMakeLists_dot_txt="# one\nfind_library(ZSTD_LIBRARY zstd REQUIRED)\n")

    def test_a_need_that_nobody_knows(self):
        self.assert_one(r"^CMakeLists\.txt:1: no package is known to bring cmake:Boost", CMakeLists_dot_txt="find_package(Boost REQUIRED)\n")
        self.assert_one(r"pc:hiredis", CMakeLists_dot_txt="pkg_check_modules(H REQUIRED IMPORTED_TARGET hiredis>=1)\n")
        self.assert_one(r"bring frob or nicate", CMakeLists_dot_txt="find_program(F NAMES frob nicate PATHS /usr/bin)\n")
        self.assert_one(r"^tools/a\.sh:2: .* frobnicate:", tools__a_dot_sh="true\nx=1 frobnicate it\n")
        self.assert_one(r"^tools/a\.sh:1: .* frobnicate:", tools__a_dot_sh="echo \"$(sed p | frobnicate)\"\n")
        self.assert_one(r"^tools/a\.sh:1: .* frobnicate:", tools__a_dot_sh="if ! nice -n 5 frobnicate; then exit; fi\n")
        self.assert_one(r"^Makefile:2: .* frobnicate:", Makefile="all:\n\tfrobnicate it\n")
        self.assert_one(r"^tests/a\.py:2: .* frobnicate:", tests__a_dot_py="import subprocess\nsubprocess.Popen(['frobnicate', 'it'])\n")
        self.assert_one(r"^tests/a\.cpp:1: .* frobnicate:", tests__a_dot_cpp="int x = std::system(\"frobnicate it\");\n")

    def test_a_program_of_another_step(self):
        self.assert_one(r"^tools/a\.sh:1: psql comes with postgresql, which `tools/setup\.sh build` does not install$", tools__a_dot_sh="psql\n")
        self.assert_one(r"`tools/setup\.sh test`", tests__a_dot_sh="clang-tidy-19 x\n")

    def test_a_package_that_the_table_does_not_know(self):
        self.assert_one(r"does not know what frob-dev is for", tools__setup_dot_sh="echo frob-dev\n")

    def files_of(self, package, depth):
        """What the package lists, and those it depends on: postgresql brings postgresql-client-15's psql."""
        if depth == 0 or package in ("libc6", "gcc-12-base"):
            return []
        done = subprocess.run(["dpkg-query", "-L", package], capture_output=True, text=True)
        files = done.stdout.splitlines()
        if done.returncode or depth == 1:
            return files
        depends = subprocess.run(["dpkg-query", "-W", "-f", "${Depends}, ${Pre-Depends}", package], capture_output=True, text=True).stdout
        for other in depends.replace("|", ",").split(","):
            if other.strip().startswith(("postgresql", "python3", "redis", "clang", "pkgconf")):
                files += self.files_of(other.split("(")[0].strip(), depth - 1)
        return files

    def test_the_table_is_true_here(self):
        """Each thing lies among the files of its package, where that is installed."""
        looked_at = 0
        for package, things in check_setup.PROVIDES.items():
            files = self.files_of(package, 3)
            if not files:
                continue
            for thing in things.split():
                kind, _, name = thing.rpartition(":")
                ends = {"": [f"/bin/{name}", f"/sbin/{name}"], "lib": [f"/lib{name}.so", f"/lib{name}.a"], "pc": [f"/{name}.pc"], "py": [f"/{name}/__init__.py"]}.get(kind)
                if ends is None:  # a package of CMake's: its config file, or what CMake's own module looks for
                    continue
                with self.subTest(package=package, thing=thing):
                    self.assertTrue(any(f.endswith(tuple(ends)) for f in files), f"{thing} is not in {package}")
                    looked_at += 1
        if Path("/etc/debian_version").exists():
            self.assertGreater(looked_at, 10)


if __name__ == "__main__":
    unittest.main()
