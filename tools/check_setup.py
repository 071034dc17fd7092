#!/usr/bin/env python3
"""Holds what the build and the scripts ask the system for against the package lists of tools/setup.sh, so that a fresh
machine lacks nothing.

    tools/check_setup.py [ROOT]      prints file:line: what is wrong; exit 1 if anything is

Looked at: find_package, find_library, find_program and pkg_check_modules in CMake files; programs that shell scripts and
the Makefile call, that Python starts by a literal name, that C++ hands to system(). PROVIDES says which package brings
what; what it does not know is a finding, and so is a package that it does not know. Shell is read word by word and not
understood: what hides in a variable or behind `eval` is not seen.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

# What a package brings: cmake: a package, lib: a library, pc: a pkg-config module; a bare word is a program.
PROVIDES = {
    "ca-certificates": "update-ca-certificates",
    "git": "git",
    "make": "make",
    "g++": "g++",
    "cmake": "cmake ctest",
    "ninja-build": "ninja",
    "pkg-config": "cmake:PkgConfig pkg-config",
    "ccache": "ccache",
    "mold": "mold",
    "llvm-19-dev": "cmake:LLVM",
    "clang-19": "clang-19 clang++-19",
    "antlr4": "antlr4",
    "openjdk-17-jre-headless": "java",
    "uuid-dev": "pc:uuid",
    "libantlr4-runtime-dev": "cmake:antlr4-runtime",
    "librdkafka-dev": "pc:rdkafka",
    "libpqxx-dev": "pc:libpqxx",
    "libpq-dev": "pc:libpq pg_config cmake:PostgreSQL",
    "nlohmann-json3-dev": "cmake:nlohmann_json",
    "libsimdjson-dev": "pc:simdjson lib:simdjson",
    "libfmt-dev": "cmake:fmt",
    "libxxhash-dev": "pc:libxxhash lib:xxhash",
    "libre2-dev": "pc:re2",
    "libcli11-dev": "cmake:CLI11",
    "zlib1g-dev": "cmake:ZLIB lib:z",
    "libzstd-dev": "lib:zstd pc:libzstd",
    "libssl-dev": "cmake:OpenSSL",
    "tzdata": "",  # time zones by name, which the program reads when it runs
    "libgtest-dev": "cmake:GTest",
    "python3": "python3",
    "postgresql": "psql postgres initdb pg_ctl createdb",
    "redis-server": "redis-server redis-cli",
    "maven": "mvn",
    "python3-yaml": "py:yaml",
    "python3-jsonschema": "py:jsonschema",
    "clang-format-19": "clang-format-19",
    "clang-tidy-19": "clang-tidy-19 run-clang-tidy-19",
    "debootstrap": "debootstrap",
}
# In every Debian: essential packages and what they pull in (dpkg, apt, coreutils, util-linux, mount, passwd ...), and
# what g++ brings along. `sudo` is asked for by README, or not needed by root.
BASE = set("""apt-cache apt-get awk basename bash cat chmod chown chroot cmp comm cp date diff dirname dpkg dpkg-query echo env
    find flock fmt getconf grep head id install kill ln ls mkdir mkfifo mktemp mount mv nice nohup nproc readlink realpath rm
    runuser sed seq setarch setsid sh sha256sum sleep sort stat sudo tail tar tee test timeout touch tr true umount uname uniq
    unshare useradd wc xargs ldd objdump printf gzip gunzip od cut paste mesg pidof""".split())
BASE_CMAKE = {"Threads"}
BUILTIN = set("""! . : [ [[ ]] alias break case cd command continue coproc declare do done echo elif else esac eval exec exit export
    false fi for function getopts hash if in kill let local mapfile popd printf pushd pwd read readarray readonly return select set
    shift shopt source test then time times trap true type typeset ulimit umask unset until wait while { } (( ))""".split())
BEFORE_A_COMMAND = {"!", "if", "elif", "then", "else", "do", "while", "until", "{", "time", "exec", "command", "builtin"}
RUNS_ANOTHER = {"env", "nice", "nohup", "setsid", "sudo", "xargs", "timeout", "runuser", "chroot", "unshare"}
SKIPPED_FOLDERS = {".git", "build", "streamql-out", "__pycache__", ".cache"}
DOCKER = {"docker"}  # only docker-compose.yml's, never a test's


def step_of(path):
    """The step of setup.sh that must bring what this file asks for."""
    if path.startswith(("tools/check", "tests/tools/test_check")):
        return "check"
    if path.startswith("tools/fresh_machine"):
        return "machine"
    if path.startswith(("tests/", "tools/test.sh", "tools/servers", "tools/bench", ".ci")):
        return "test"
    return "build"


class Shell:
    """The programs that a shell script calls, each with its line."""

    def __init__(self, text):
        self.found = []
        self.functions = set(re.findall(r"^\s*([\w-]+)\s*\(\)", text, re.M))
        for number, command in self.commands(text):
            self.look_at(number, command.split())

    @staticmethod
    def without_here_documents(text):
        kept, end = [], None
        for line in text.split("\n"):
            if end is not None:
                if line.strip() == end:
                    end = None
                kept.append("")
                continue
            kept.append(line)
            opened = re.search(r"(?<!<)<<-?\s*[\"']?(\w+)[\"']?", line)
            if opened:
                end = opened.group(1)
        return "\n".join(kept)

    @classmethod
    def commands(cls, text):
        """Pieces of text that begin with a command, and their lines. Quoted text is a single opaque word, but for $( )."""
        text = cls.without_here_documents(text).replace("\\\n", " \x00")
        blank = lambda m: re.sub(r"[^\n]", " ", m.group())
        text = re.sub(r"(?<==)\([^()]*(\$\([^()]*\)[^()]*)*\)", blank, re.sub(r"(?m)(?<=\s)#.*$|^#.*$", blank, text))  # lists
        text = re.sub(r"\bfor \(\(.*?\)\)", blank, text)
        text = re.sub(r"(?m)(^|;;|\bin\b)[ \t]*[\w*?.\[\]-]+([ \t]*\|[ \t]*[\w*?.\[\]-]+)*\)(?=\s)", r"\1", text)  # of `case`
        piece, number, start, stack, i = "", 1, 1, [], 0  # stack: what an open `"`, `$(` or `'` returns to
        while i < len(text):
            c = text[i]
            quoted = bool(stack) and stack[-1] == '"'
            if c in "\n\x00":
                number += 1
            if c == "\\":
                piece += "_"
                i += 2
                continue
            if text.startswith("$((", i):
                end = text.find("))", i)
                piece += "_"
                i = len(text) if end < 0 else end + 2
                continue
            if text.startswith("$(", i) or (c in "<>" and not quoted and text.startswith("(", i + 1)):
                stack.append(("(", piece + "_", start))
                piece, start = "", number
                i += 2
                continue
            if c == ")" and not quoted and stack and isinstance(stack[-1], tuple):
                yield start, piece
                _, piece, start = stack.pop()
                i += 1
                continue
            if c == '"':
                if quoted:
                    stack.pop()
                else:
                    stack.append('"')
                piece += "_"
            elif quoted:
                pass
            elif c == "'":
                end = text.find("'", i + 1)
                end = len(text) if end < 0 else end
                number += text.count("\n", i, end)
                piece += "_"
                i = end
            elif c == "#" and (not piece or piece[-1].isspace() or text[i - 1] in ";|&("):
                end = text.find("\n", i)
                i = len(text) if end < 0 else end
                continue
            elif c in ";|&\n()" and not (c == "&" and (text[i - 1] in "<>" or text[i + 1:i + 2] == ">")):
                yield start, piece
                piece, start = "", number
            else:
                piece += " " if c == "\x00" else c
            i += 1
        yield start, piece

    def look_at(self, number, words):
        while words and (words[0] in BEFORE_A_COMMAND or re.match(r"[A-Za-z_]\w*(\[[^]]*\])?\+?=", words[0]) or
                         re.match(r"\d*[<>]", words[0]) or words[0].startswith("-")):
            if words[0] == "command" and words[1:2] == ["-v"]:
                words = words[1:]
            if re.fullmatch(r"\d*[<>]+&?", words[0]):
                words = words[1:]
            words = words[1:]
        if not words or not re.fullmatch(r"[A-Za-z][\w.+-]*", words[0]):
            return
        name = words[0]
        if name in ("for", "case", "select", "function", "done", "fi", "esac"):
            return
        if name == "need" and len(words) > 1:  # tools/servers/process.sh: need PROGRAM PACKAGE
            return self.look_at(number, words[1:2])
        if name in self.functions or name in BUILTIN:
            return
        self.found.append((number, name))
        if name in RUNS_ANOTHER:
            rest = words[1:]
            while rest and (rest[0].startswith("-") or "=" in rest[0] or rest[0].isdigit() or "_" in rest[0]):
                rest = rest[2:] if rest[0] in ("-u", "-n", "-P", "-S", "--propagation") else rest[1:]
            self.look_at(number, rest)


def python_programs(text):
    """Literal program names that a Python file starts, or asks for."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = ast.unparse(node.func)
        if called not in ("subprocess.run", "subprocess.Popen", "subprocess.check_output", "subprocess.check_call", "shutil.which",
                          "self.addCleanup"):
            continue
        first = node.args[1] if called == "self.addCleanup" and ast.unparse(node.args[0]) == "subprocess.run" and len(node.args) > 1 else node.args[0]
        if isinstance(first, (ast.List, ast.Tuple)) and first.elts:
            first = first.elts[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield node.lineno, first.value.split()[0]


def cmake_wants(text):
    text = re.sub(r"(?m)#.*$", "", text)
    for call in re.finditer(r"\b(find_package|find_library|find_program|pkg_check_modules)\s*\(([^)]*)\)", text):
        number = text.count("\n", 0, call.start()) + 1
        words = call.group(2).split()
        if call.group(1) == "find_package":
            yield number, [f"cmake:{words[0]}"]
        elif call.group(1) == "pkg_check_modules":
            for word in words[1:]:
                if word not in ("REQUIRED", "QUIET", "IMPORTED_TARGET", "GLOBAL"):
                    yield number, ["pc:" + re.split(r"[<>=]", word)[0]]
        else:
            names = []
            for word in words[1:]:
                if word.isupper():
                    if word == "NAMES":
                        continue
                    break
                names.append(word)
            yield number, [("lib:" if call.group(1) == "find_library" else "") + name for name in names]


class Checker:
    def __init__(self, root):
        self.root = Path(root)
        self.problems, self.checked = [], 0
        self.packages = {step: self.list_of(step) for step in ("build", "test", "check", "machine")}
        self.functions = set()  # of scripts that are sourced, known everywhere
        self.scripts = {}

    def list_of(self, step):
        done = subprocess.run(["bash", self.root / "tools/setup.sh", "--list", step], capture_output=True, text=True, check=True)
        return done.stdout.split()

    def run(self):
        for package in sorted({p for packages in self.packages.values() for p in packages}):
            self.checked += 1
            if package not in PROVIDES:
                self.problems.append(f"tools/setup.sh: check_setup.py does not know what {package} is for: add it to PROVIDES")
        files = sorted(self.files())
        for path in files:
            if self.is_shell(path):
                self.scripts[path] = Shell(self.text(path))
                self.functions |= self.scripts[path].functions
        for path in files:
            self.look_at(path)
        return self.problems

    def files(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS]
            yield from ((Path(folder) / name).relative_to(self.root).as_posix() for name in names)

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def is_shell(self, path):
        return path.endswith(".sh") or path == ".ci/run"

    def look_at(self, path):
        if path in self.scripts:
            for number, name in self.scripts[path].found:
                if name not in self.functions:
                    self.want(path, number, [name])
        elif path == "Makefile":
            for number, line in enumerate(self.text(path).split("\n"), 1):
                if line.startswith("\t"):
                    for _, name in Shell(re.sub(r"\$\([^()]*\)|\$\(.*?\)\)", "_", line.strip().lstrip("@-"))).found:
                        self.want(path, number, [name])
        elif path.endswith("CMakeLists.txt") or path.endswith(".cmake"):
            for number, wanted in cmake_wants(self.text(path)):
                self.want(path, number, wanted)
        elif path.endswith(".py") and path.startswith(("tools/", "tests/")):
            for number, name in python_programs(self.text(path)):
                self.want(path, number, [name])
        elif path.endswith((".cpp", ".h")):
            for match in re.finditer(r"(?:std::system|popen)\(\(?\s*(?:std::string\()?\"([\w./+-]+)", self.text(path)):
                self.want(path, self.text(path).count("\n", 0, match.start()) + 1, [match.group(1)])

    def want(self, path, number, names):
        """One of `names` must come with the packages of the file's step, or with any Debian."""
        self.checked += 1
        names = [n for n in names if "/" not in n]
        if not names or any(n in BASE or n.removeprefix("cmake:") in BASE_CMAKE or n in DOCKER for n in names):
            return
        step = step_of(path)
        bringing = [p for p, things in PROVIDES.items() if set(names) & set(things.split())]
        if not bringing:
            self.problems.append(f"{path}:{number}: no package is known to bring {' or '.join(names)}: add it to setup.sh and to PROVIDES")
        elif not set(bringing) & set(self.packages[step]):
            self.problems.append(f"{path}:{number}: {' or '.join(names)} comes with {' or '.join(bringing)}, "
                                 f"which `tools/setup.sh {step}` does not install")


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    checker = Checker(root)
    problems = checker.run()
    print("\n".join(problems) if problems else f"setup: {checker.checked} needs, all met by tools/setup.sh")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
