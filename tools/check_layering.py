#!/usr/bin/env python3
"""Holds the section "Layers" of ARCHITECTURE.md: who may include whom, and that the link lines say the same.

    tools/check_layering.py [ROOT]      prints file:line: what is wrong; exit 1 if anything is

The rules are the tables right below; extend them there. Only text is read, nothing is compiled.
"""

import re
import sys
from pathlib import Path

# Which of the other layers a file of a layer may include. A layer may always include itself.
LAYERS = {
    "runtime": [],
    "compiler": ["runtime"],
    "tools": ["compiler", "runtime"],
    "tests": ["compiler", "runtime", "tools"],
}

# What the compiler may know of the runtime: the seam (program, abi), the vocabulary (base, types, record), the scalar
# kernels that the plan evaluator shares with generated code, time zones, and the declared options.
COMPILER_SEES_OF_RUNTIME = [
    "runtime/program/",
    "runtime/abi/",
    "runtime/base/",
    "runtime/types/",
    "runtime/record/",
    "runtime/functions/",
    "runtime/text/",
    "runtime/time/timezone.h",
    "runtime/connectors/connector.h",
    "runtime/connectors/options.h",
    "runtime/connectors/sink_options.h",
    "runtime/connectors/connector_list.h",
    "runtime/formats/format_list.h",
    "runtime/formats/options.h",
]

# Outside libraries that belong to few rooms: (pattern of the include, what it is, where it may stand).
WALLED_LIBRARIES = [
    (r"^(antlr4-runtime|StreamQL(Lexer|Parser))", "ANTLR", ["compiler/parse/"]),
    (r"^llvm(-c)?/", "LLVM", ["compiler/codegen/", "compiler/jit/"]),
    (r"^pqxx/|^libpq|^pqxx$", "PostgreSQL's client", ["runtime/connectors/postgres/", "tools/", "tests/"]),
    (r"^librdkafka/", "librdkafka", ["runtime/connectors/kafka/", "tools/", "tests/"]),
]

# Contracts: headers that other libraries implement, so they belong to none, although a library has their folder.
CONTRACTS = ["runtime/engine/operator.h", "runtime/connectors/connector.h", "runtime/formats/decoder.h",
             "runtime/formats/encoder.h"]

# nlohmann/json is for configuration, plans and tools, never for records.
RECORD_PATH = ["runtime/abi/", "runtime/base/", "runtime/engine/", "runtime/formats/", "runtime/functions/",
               "runtime/record/", "runtime/state/", "runtime/text/", "runtime/time/", "runtime/types/"]

# The hidden columns of a row are written in one place, so that one more column is one edit.
HIDDEN_COLUMNS = ["runtime/record/hidden.h"]
WRITES_ORIGIN = re.compile(r"(\.|->)origin\[([^\[\]]|\[[^\]]*\])*\]\s*=(?!=)")

# A connector or a format is known by name in its own folder only; others ask for its facts (connector.h, format_list.h).
# `generate` is a command too, `json` a type and a way to log.
NAMED = {"runtime/connectors/": re.compile(r'^\s*c\.name = "(\w+)";', re.M),
         "runtime/formats/": re.compile(r'^\s*\{\.name = "(\w+)",\n\s*\.doc =', re.M)}
MAY_BE_NAMED = {"generate", "json"}
ASK_FOR_FACTS = ["compiler/", "runtime/engine/", "tools/streamql/"]

# What an operator's kind means it says itself (NodeTraits); CONTRIBUTING, "Add an operator", lists who may name it.
KIND_OF_OPERATOR = re.compile(r"\b(Pipeline|Union|LateSplit|Deduplicate|WithinJoin|WindowAggregate)Node\b")
MAY_NAME_A_KIND = ["runtime/program/program.h", "runtime/engine/operators/", "compiler/pipeline/build_", "tools/bench/", "tests/"]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LIBRARY = re.compile(r"\bstreamql_library\s*\(\s*(\w+)([^)]*)\)", re.S)
SOURCES = re.compile(r"\b(?:add_library|target_sources)\s*\(\s*(\w+)([^)]*)\)", re.S)
LINKED = re.compile(r"\btarget_link_libraries\s*\(\s*(\w+)([^)]*)\)", re.S)


def under(path, prefixes):
    return any(path == p or path.startswith(p) for p in prefixes)


class Checker:
    def __init__(self, root):
        self.root = Path(root)
        self.problems = []
        self.sources = sorted(
            p.relative_to(root).as_posix() for layer in LAYERS for p in self.root.glob(f"{layer}/**/*")
            if p.suffix in (".h", ".cpp") and p.is_file())
        self.includes = {}    # path -> [(line, include, quoted)]
        self.libraries = {}   # folder (streamql_library takes all of it), or one path -> library
        self.links = {}       # library -> our libraries on its link line
        self.link_place = {}  # library -> (CMakeLists, line)

    def complain(self, path, line, text):
        self.problems.append(f"{path}:{line}: {text}")

    def run(self):
        for path in self.sources:
            self.read_source(path)
        self.check_names()
        self.read_link_lines()
        for path in self.sources:
            for line, include, quoted in self.includes[path]:
                self.check_include(path, line, include, quoted)
        self.check_libraries()
        return self.problems

    def read_source(self, path):
        lines = (self.root / path).read_text(encoding="utf-8", errors="replace").splitlines()
        self.includes[path] = [
            (n, m.group(2), m.group(1) == '"') for n, text in enumerate(lines, 1) if (m := INCLUDE.match(text))]
        if not path.startswith("tests/") and path not in HIDDEN_COLUMNS:
            for n, text in enumerate(lines, 1):
                if WRITES_ORIGIN.search(text):
                    self.complain(path, n, "hidden columns are written by runtime/record/hidden.h only")
        if not under(path, MAY_NAME_A_KIND):
            for n, text in enumerate(lines, 1):
                if (m := KIND_OF_OPERATOR.search(text)) and not text.lstrip().startswith("//"):
                    self.complain(path, n, f"{m.group(0)} is asked by its traits, not by its name")
        if path.endswith(".h") and not any(text.strip() == "#pragma once" for text in lines):
            self.complain(path, 1, "a header needs #pragma once")

    def check_names(self):
        text = {p: (self.root / p).read_text(encoding="utf-8", errors="replace") for p in self.sources}
        names = {name: room for room, pattern in NAMED.items() for path in self.sources if path.startswith(room)
                 for name in pattern.findall(text[path])}
        for path in self.sources:
            if not under(path, ASK_FOR_FACTS):
                continue
            for number, line in enumerate(text[path].splitlines(), 1):
                for name in re.findall(r'"(\w+)"', line):
                    if name in names and name not in MAY_BE_NAMED:
                        self.complain(path, number, f'"{name}" is known by name in {names[name]} only: ask for its facts')

    def check_include(self, path, line, include, quoted):
        for pattern, name, rooms in WALLED_LIBRARIES:
            if re.match(pattern, include) and not under(path, rooms):
                self.complain(path, line, f"{name} ({include}) may be included only in {', '.join(rooms)}")
        if include.startswith("nlohmann/") and under(path, RECORD_PATH):
            self.complain(path, line, "nlohmann/json has no place on the record path")

        layer, target = path.split("/")[0], include.split("/")[0]
        if quoted and target in LAYERS and not (self.root / include).is_file():
            self.complain(path, line, f"no such file: {include}")
        if quoted and target not in LAYERS and not self.is_generated(include):
            self.complain(path, line, f'write includes of our own files from the root ("{include}" is not)')
        if target not in LAYERS or target == layer:
            return
        if target not in LAYERS[layer]:
            self.complain(path, line, f"{layer}/ may not include {target}/ ({include})")
        elif layer == "compiler" and target == "runtime" and not under(include, COMPILER_SEES_OF_RUNTIME):
            self.complain(path, line, f"compiler/ sees only the seam of runtime/, and {include} is not part of it")

    @staticmethod
    def is_generated(include):
        return re.match(r"StreamQL(Lexer|Parser)", include) is not None

    def read_link_lines(self):
        for layer in ("runtime", "compiler", "tools"):
            for cmake in sorted(self.root.glob(f"{layer}/**/CMakeLists.txt")):
                place = cmake.relative_to(self.root).as_posix()
                text = re.sub(r"#[^\n]*", "", cmake.read_text(encoding="utf-8"))
                for match in LIBRARY.finditer(text):
                    self.libraries[str(Path(place).parent)] = match.group(1)
                    self.add_link_line(place, text, match)
                for match in SOURCES.finditer(text):
                    self.add_sources(Path(place).parent, *match.groups())
                for match in LINKED.finditer(text):
                    self.add_link_line(place, text, match)

    def add_sources(self, folder, library, words):
        for word in words.split():
            path = (folder / word).as_posix()
            if word.endswith(".cpp") and (self.root / path).is_file():
                self.libraries[path] = self.libraries[path.removesuffix("cpp") + "h"] = library

    def add_link_line(self, place, text, match):
        library, words = match.group(1), match.group(2).split()
        ours = [w for w in words if re.fullmatch(r"(runtime|compiler)(_\w+)?|tools_\w+", w)]
        self.links.setdefault(library, []).extend(ours)
        self.link_place.setdefault(library, (place, text.count("\n", 0, match.start()) + 1))

    def library_of(self, path):
        if path in CONTRACTS:
            return None
        return self.libraries.get(path) or self.libraries.get(str(Path(path).parent))

    def libraries_included(self, path, seen):
        """{library: (line, include, direct)}; a header of no library (contracts, header-only folders) lends its own."""
        found = {}
        for line, include, _ in self.includes.get(path, []):
            if include.split("/")[0] not in LAYERS or include in seen:
                continue
            seen.add(include)
            if include in CONTRACTS:  # declares what the libraries of its folder define
                for other in {v for k, v in self.libraries.items() if k.startswith(str(Path(include).parent))}:
                    found.setdefault(other, (line, include, False))
            library = self.library_of(include)
            if library:
                found[library] = (line, include, True)
            else:
                for other in self.libraries_included(include, seen):
                    found.setdefault(other, (line, include, False))
        return found

    def check_libraries(self):
        needed = {}  # library -> {library whose headers it includes: where}
        lent = {}    # the same by way of headers of no library: it may link these, and need not
        for path in self.sources:
            layer, owner = path.split("/")[0], self.library_of(path)
            if owner is None:
                if layer in ("runtime", "compiler") and path.endswith(".cpp") and path.count("/") > 1:
                    self.complain(path, 1, "its folder has no library: add a CMakeLists.txt with streamql_library(...)")
                continue
            for other, (line, include, direct) in self.libraries_included(path, set()).items():
                if other != owner:
                    (needed if direct else lent).setdefault(owner, {}).setdefault(other, (path, line, include))

        for library, others in sorted(needed.items()):
            reachable = self.reachable(library)
            for other, (path, line, include) in sorted(others.items()):
                if other not in reachable:
                    self.complain(path, line, f"{library} includes {include} but does not link {other}")
        for library, (place, line) in sorted(self.link_place.items()):
            if library not in self.libraries.values():
                continue
            for other in self.links.get(library, []):
                if other in self.libraries.values() and other not in {**needed.get(library, {}), **lent.get(library, {})}:
                    self.complain(place, line, f"{library} links {other} but includes nothing of it")
            if library in self.reachable(library):
                self.complain(place, line, f"{library} links itself in a circle")

    def reachable(self, library):
        seen, queue = set(), list(self.links.get(library, []))
        while queue:
            name = queue.pop()
            if name not in seen:
                seen.add(name)
                queue.extend(self.links.get(name, []))
        return seen


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    checker = Checker(root)
    problems = checker.run()
    print("\n".join(problems) if problems else f"layers: {len(checker.sources)} files, {len(set(checker.libraries.values()))} libraries, all in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
