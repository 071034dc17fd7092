"""tools/check_layering.py must find each planted violation, name its place, and accept the orderly tree around it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECKER = Path(__file__).resolve().parents[2] / "tools" / "check_layering.py"

ORDERLY = {
    "runtime/base/CMakeLists.txt": "streamql_library(runtime_base)\n",
    "runtime/base/result.h": "#pragma once\n",
    "runtime/base/result.cpp": '#include "runtime/base/result.h"\n',
    "runtime/state/CMakeLists.txt": "streamql_library(runtime_state LINK runtime_base)\n",
    "runtime/state/table.h": '#pragma once\n#include "runtime/base/result.h"\n',
    "runtime/state/table.cpp": '#include "runtime/state/table.h"\n',
    "compiler/parse/CMakeLists.txt": "streamql_library(compiler_parse LINK runtime_base)\n",
    "compiler/parse/parse.cpp": '#include <antlr4-runtime.h>\n#include "StreamQLParser.h"\n#include "runtime/base/result.h"\n',
    "compiler/codegen/CMakeLists.txt": "streamql_library(compiler_codegen LINK runtime_base)\n",
    "compiler/codegen/emit.cpp": '#include <llvm/IR/IRBuilder.h>\n#include "runtime/base/result.h"\n',
    "tools/streamql/main.cpp": '#include <nlohmann/json.hpp>\n#include "runtime/state/table.h"\n',
    "tests/unit/state/table_test.cpp": '#include "runtime/state/table.h"\n',
}


class CheckLayering(unittest.TestCase):
    def check(self, **changes):
        """Runs the checker over the orderly tree with files added or replaced; gives (exit code, lines)."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**ORDERLY, **changes.get("files", {})}.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            done = subprocess.run([sys.executable, "-B", CHECKER, folder], capture_output=True, text=True)
            self.assertEqual(done.stderr, "")
            return done.returncode, done.stdout.strip().splitlines()

    def assert_found(self, files, *expected):
        code, lines = self.check(files=files)
        self.assertEqual(lines, list(expected))
        self.assertEqual(code, 1)

    def test_an_orderly_tree_passes(self):
        code, lines = self.check()
        self.assertEqual((code, lines), (0, ["layers: 8 files, 4 libraries, all in order"]))

    def test_a_connector_or_a_format_known_by_name_elsewhere(self):
        home = {"runtime/connectors/CMakeLists.txt": "streamql_library(runtime_connectors LINK runtime_base)\n",
                "runtime/connectors/kafka.cpp": '#include "runtime/base/result.h"\n    c.name = "kafka";\n',
                "runtime/formats/CMakeLists.txt": "streamql_library(runtime_formats LINK runtime_base)\n",
                "runtime/formats/format_list.cpp": '#include "runtime/base/result.h"\n        {.name = "csv",\n         .doc = "x"},\n'}
        code, lines = self.check(files=home)
        self.assertEqual(code, 0, lines)
        self.assert_found(
            {**home, "compiler/parse/parse.cpp": '#include "runtime/base/result.h"\nif (connector == "kafka" || said == "a kafka") f("csv");\n'},
            'compiler/parse/parse.cpp:2: "kafka" is known by name in runtime/connectors/ only: ask for its facts',
            'compiler/parse/parse.cpp:2: "csv" is known by name in runtime/formats/ only: ask for its facts')

    def test_runtime_includes_compiler(self):
        self.assert_found(
            {"compiler/parse/parse.h": "#pragma once\n", "runtime/base/result.h": '#pragma once\n#include "compiler/parse/parse.h"\n'},
            "runtime/base/result.h:2: runtime/ may not include compiler/ (compiler/parse/parse.h)",
            "runtime/base/result.h:2: runtime_base includes compiler/parse/parse.h but does not link compiler_parse")

    def test_compiler_reaches_behind_the_seam(self):
        self.assert_found(
            {"compiler/parse/CMakeLists.txt": "streamql_library(compiler_parse LINK runtime_state)\n",
             "compiler/parse/parse.cpp": '\n#include "runtime/state/table.h"\n'},
            "compiler/parse/parse.cpp:2: compiler/ sees only the seam of runtime/, and runtime/state/table.h is not part of it")

    def test_llvm_outside_its_rooms(self):
        self.assert_found(
            {"runtime/base/result.cpp": "#include <llvm/IR/Module.h>\n"},
            "runtime/base/result.cpp:1: LLVM (llvm/IR/Module.h) may be included only in compiler/codegen/, compiler/jit/")

    def test_antlr_outside_parse(self):
        self.assert_found(
            {"compiler/codegen/emit.cpp": '#include "StreamQLParser.h"\n#include "runtime/base/result.h"\n'},
            "compiler/codegen/emit.cpp:1: ANTLR (StreamQLParser.h) may be included only in compiler/parse/")

    def test_json_library_on_the_record_path(self):
        self.assert_found({"runtime/state/table.cpp": '#include <nlohmann/json.hpp>\n#include "runtime/base/result.h"\n'},
                          "runtime/state/table.cpp:1: nlohmann/json has no place on the record path")

    def test_include_not_from_the_root(self):
        self.assert_found({"runtime/state/table.cpp": '#include "table.h"\n'},
                          'runtime/state/table.cpp:1: write includes of our own files from the root ("table.h" is not)')

    def test_include_of_a_missing_file(self):
        self.assert_found({"runtime/state/table.cpp": '#include "runtime/base/nothing.h"\n'},
                          "runtime/state/table.cpp:1: no such file: runtime/base/nothing.h")

    def test_header_without_pragma_once(self):
        self.assert_found({"runtime/base/result.h": "\n"}, "runtime/base/result.h:1: a header needs #pragma once")

    def test_missing_link(self):
        self.assert_found({"runtime/state/CMakeLists.txt": "streamql_library(runtime_state)\n"},
                          "runtime/state/table.h:2: runtime_state includes runtime/base/result.h but does not link runtime_base")

    def test_needless_link(self):
        self.assert_found({"runtime/state/table.h": "#pragma once\n"},
                          "runtime/state/CMakeLists.txt:1: runtime_state links runtime_base but includes nothing of it")

    def test_a_generated_library_is_nobodys_room(self):
        code, lines = self.check(files={"compiler/parse/CMakeLists.txt":
                                        "streamql_library(compiler_parse LINK runtime_base)\n"
                                        "target_link_libraries(compiler_parse PRIVATE compiler_grammar)\n"})
        self.assertEqual(code, 0, lines)

    def test_circle(self):
        self.assert_found(
            {"runtime/base/CMakeLists.txt": "# a comment\nstreamql_library(runtime_base LINK runtime_state)\n",
             "runtime/base/result.cpp": '#include "runtime/state/table.h"\n'},
            "runtime/base/CMakeLists.txt:2: runtime_base links itself in a circle",
            "runtime/state/CMakeLists.txt:1: runtime_state links itself in a circle")

    def test_a_header_of_no_library_lends_its_includes(self):
        program = {"runtime/program/program.h": '#pragma once\n#include "runtime/state/table.h"\n',
                   "runtime/engine/task.cpp": '#include "runtime/base/result.h"\n#include "runtime/program/program.h"\n'}
        for links in ("runtime_base", "runtime_base runtime_state"):
            cmake = {"runtime/engine/CMakeLists.txt": f"streamql_library(runtime_engine LINK {links})\n"}
            code, lines = self.check(files={**program, **cmake})
            self.assertEqual(code, 0, lines)

    def test_a_contract_belongs_to_no_library(self):
        code, lines = self.check(files={
            "runtime/engine/CMakeLists.txt": "streamql_library(runtime_engine LINK runtime_operators)\n",
            "runtime/engine/operator.h": "#pragma once\n",
            "runtime/engine/task.cpp": '#include "runtime/engine/operators/filter.h"\n',
            "runtime/engine/operators/CMakeLists.txt": "streamql_library(runtime_operators)\n",
            "runtime/engine/operators/filter.h": '#pragma once\n#include "runtime/engine/operator.h"\n',
            "runtime/engine/operators/filter.cpp": '#include "runtime/engine/operators/filter.h"\n'})
        self.assertEqual(code, 0, lines)

    def test_sources_named_one_by_one(self):
        self.assert_found(
            {"runtime/connectors/CMakeLists.txt":
                 "add_library(runtime_options STATIC options.cpp)\ntarget_link_libraries(runtime_options PUBLIC fmt::fmt)\n"
                 "add_library(runtime_connectors STATIC list.cpp)\n",
             "runtime/connectors/options.cpp": '#include "runtime/connectors/options.h"\n',
             "runtime/connectors/options.h": "#pragma once\n",
             "runtime/connectors/list.cpp": '#include "runtime/connectors/options.h"\n'},
            "runtime/connectors/list.cpp:1: runtime_connectors includes runtime/connectors/options.h but does not link runtime_options")

    def test_a_kind_of_operator_known_by_name(self):
        text = "if (std::holds_alternative<UnionNode>(node.kind)) return;\n"
        self.assert_found({"runtime/state/table.cpp": text},
                          "runtime/state/table.cpp:1: UnionNode is asked by its traits, not by its name")
        code, lines = self.check(files={"tests/unit/state/table_test.cpp": text})
        self.assertEqual(code, 0, lines)

    def test_folder_without_a_library(self):
        self.assert_found({"runtime/metrics/ledger.cpp": "\n"},
                          "runtime/metrics/ledger.cpp:1: its folder has no library: add a CMakeLists.txt with streamql_library(...)")


if __name__ == "__main__":
    unittest.main()
