#!/usr/bin/env python3
"""Holds what the documents name: paths, make targets, presets, scripts and their commands, streamql's own commands and
flags, STREAMQL_ variables, relative links.

    tools/check_docs.py [ROOT]      prints file:line: what is wrong; exit 1 if anything is

Looked at are code spans and the lines of sh blocks in README.md, ARCHITECTURE.md, CONTRIBUTING.md and docs/. streamql is
asked for its help when it has been built (build/release, else build/dev; STREAMQL_BINARY names another).
"""

import glob
import json
import os
import re
import subprocess
import sys
from pathlib import Path

DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/**/*.md"]
ROOMS = ["compiler", "runtime", "tools", "tests", "queries", "grammar", "docs", ".ci"]
FILE_NAME = re.compile(r"[\w.-]*\w\.(md|txt|yml|sh|py|json|sql|g4|h|cpp)|Makefile|Dockerfile|LICENSE|\.clang-(format|tidy)")
BINARIES = ["build/release/streamql", "build/dev/streamql",
            "build/release/tools/streamql/streamql", "build/dev/tools/streamql/streamql"]
SKIPPED_FOLDERS = {".git", "build", "streamql-out", "__pycache__", ".cache"}


def expand_braces(text):
    match = re.search(r"\{([^{}]*,[^{}]*)\}", text)
    if not match:
        return [text]
    return [whole for part in match.group(1).split(",")
            for whole in expand_braces(text[:match.start()] + part + text[match.end():])]


class Checker:
    def __init__(self, root):
        self.root = Path(root)
        self.problems = []
        self.checked = 0
        self.files = []
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS]
            self.files += [os.path.join(folder, n) for n in names]
        self.names = {os.path.basename(f) for f in self.files}
        self.targets = set(re.findall(r"^([\w-]+)\s*:(?!=)", self.text("Makefile"), re.M))
        presets = json.loads(self.text("CMakePresets.json") or "{}")
        self.presets = {p["name"] for p in presets.get("configurePresets", [])}
        self.binary = self.find_binary()
        self.helps = {}
        self.variables = None

    def text(self, name):
        path = self.root / name
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def find_binary(self):
        candidates = [os.environ["STREAMQL_BINARY"]] if "STREAMQL_BINARY" in os.environ else BINARIES
        return next((str(self.root / c) for c in candidates if os.access(self.root / c, os.X_OK)), None)

    def run(self):
        documents = sorted({p for d in DOCUMENTS for p in self.root.glob(d)})
        for document in documents:
            self.check_document(document)
        return self.problems

    def check_document(self, document):
        name = document.relative_to(self.root).as_posix()
        fence = None
        for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
            place = f"{name}:{number}"
            if (opened := re.match(r"\s*```\s*(\w*)", line)):
                fence = None if fence is not None else opened.group(1)
                continue
            if fence in ("sh", "bash", "console", "shell"):
                self.check_command(place, re.sub(r"(^|\s)#.*", "", line).strip().removeprefix("$ "))
            elif fence is None:
                for span in re.findall(r"`([^`]+)`", line):
                    self.check_span(place, span.strip())
                for link in re.findall(r"\]\(([^)\s]+)\)", line):
                    if not re.match(r"\w+:|#", link) and not (document.parent / link.split("#")[0]).exists():
                        self.complain(place, f"the link leads nowhere: {link}")

    def complain(self, place, text):
        self.problems.append(f"{place}: {text}")

    def check_span(self, place, span):
        if " " in span or self.is_path(span):
            self.check_command(place, span)
        elif FILE_NAME.fullmatch(span):
            self.checked += 1
            if span not in self.names:
                self.complain(place, f"no file of this name: {span}")
        self.check_variables(place, span)

    def is_path(self, word):
        return "/" in word and word.split("/")[0] in ROOMS

    def check_path(self, place, word):
        word = re.sub(r":\d+$", "", word.rstrip(".,;:"))
        if re.search(r"[<>$]|NAME|XYZ|\.\.\.", word):  # a pattern for the reader to fill in
            return
        self.checked += 1
        for path in expand_braces(word):
            if not glob.glob(str(self.root / path)):
                self.complain(place, f"no such path: {path}")

    def check_command(self, place, command):
        words = command.split()
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if not words:
            return
        for word in words:
            word = word.strip("\"'()")
            if self.is_path(word):
                self.check_path(place, word)
        program = words[0].removeprefix("./")
        if program == "make":
            self.check_make(place, words[1:])
        elif program == "cmake":
            self.check_preset(place, words)
        elif re.fullmatch(r"tools/[\w/]+\.sh", program):
            self.check_script(place, program, words[1:])
        elif program == "streamql" or program.endswith("/streamql"):
            self.check_streamql(place, words[1:])
        self.check_variables(place, command)

    def check_make(self, place, words):
        for word in words:
            if re.fullmatch(r"[a-z][\w-]*", word):
                self.checked += 1
                if word not in self.targets:
                    self.complain(place, f"no such make target: {word}")

    def check_preset(self, place, words):
        for flag, value in zip(words, words[1:]):
            if flag == "--preset":
                self.checked += 1
                if value not in self.presets:
                    self.complain(place, f"no such preset: {value}")

    def check_script(self, place, script, words):
        text = self.text(script)
        if words and re.fullmatch(r"[a-z][a-z-]*|--[a-z-]+", words[0]) and text:
            self.checked += 1
            if not re.search(rf"(?<![\w-]){re.escape(words[0])}(?![\w-])", text):
                self.complain(place, f"{script} knows nothing of '{words[0]}'")

    def check_streamql(self, place, words):
        if not self.binary or not words or not re.fullmatch(r"[a-z]+", words[0]):
            return
        self.checked += 1
        if not re.search(rf"^\s+{words[0]}\b", self.help(), re.M):
            self.complain(place, f"streamql has no command '{words[0]}'")
            return
        for word in words[1:]:
            flag = re.match(r"--[a-z][\w-]*", word.lstrip("["))
            if flag and not re.search(rf"{flag.group()}(?![\w-])", self.help(words[0])):
                self.complain(place, f"streamql {words[0]} has no flag {flag.group()}")

    def help(self, *command):
        if command not in self.helps:
            done = subprocess.run([self.binary, *command, "--help"], capture_output=True, text=True, timeout=20)
            self.helps[command] = done.stdout + done.stderr
        return self.helps[command]

    def check_variables(self, place, text):
        for variable in re.findall(r"\bSTREAMQL_[A-Z_]*[A-Z]\b(?!\*)", text):
            self.checked += 1
            if variable not in self.known_variables():
                self.complain(place, f"nothing reads {variable}")

    def known_variables(self):
        if self.variables is None:
            self.variables = set()
            for path in self.files:
                if not path.endswith(".md") and os.path.basename(path) != "check_docs.py":
                    with open(path, encoding="utf-8", errors="replace") as file:
                        self.variables |= set(re.findall(r"STREAMQL_[A-Z_]*[A-Z]", file.read()))
        return self.variables


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    checker = Checker(root)
    problems = checker.run()
    asked = "" if checker.binary else ", streamql not asked (not built)"
    print("\n".join(problems) if problems else f"docs: {checker.checked} names, all true{asked}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
