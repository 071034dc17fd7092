#!/usr/bin/env bash
# Looks at the sources without running them; `make check` is this script.
#
#   tools/check.sh          layers, docs, format, and clang-tidy over a bounded part of the files
#   tools/check.sh full     the same with clang-tidy over every file
#   tools/check.sh format   rewrite the files as clang-format wants them
#
# Warnings are the compiler's business (g++, as errors), so clang's own are off here. clang-tidy needs 1 to 25 s a file,
# too much for every run. So a run takes the .cpp files that are not committed or came with the last commit (at most
# STREAMQL_TIDY_FILES, 24) and the rooms that everything rests on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode=${1:-part}
case $mode in
    part|full|format) ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
for program in clang-format-19 clang-tidy-19 run-clang-tidy-19; do
    command -v $program >/dev/null || { echo "check: $program is not installed: run tools/setup.sh check" >&2; exit 1; }
done

our_files() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [ ! -f "$f" ] || echo "$f"; done; }

mapfile -t sources < <(our_files '*.h' '*.cpp')
[ ${#sources[@]} -gt 0 ] || { echo "check: git names no source files here" >&2; exit 1; }
if [ "$mode" = format ]; then
    clang-format-19 -i "${sources[@]}"
    exit
fi

failed=0
report() { # NAME COMMAND...
    local name=$1 begin=$SECONDS
    shift
    if "$@"; then echo "check: $name is in order ($((SECONDS - begin)) s)"; else echo "check: $name FAILED"; failed=1; fi
}

check_format() {
    local bad
    bad=$(clang-format-19 --dry-run -Werror "${sources[@]}" 2>&1 | sed -n 's/:[0-9]*:[0-9]*: error: .*//p' | sort -u)
    [ -z "$bad" ] && return
    printf '%s\n' "not formatted (make format):" "$bad"
    return 1
}

# Every .cpp file for `full`; else the fresh ones and the runtime's lowest rooms.
files_to_lint() {
    if [ "$mode" = full ]; then
        our_files '*.cpp'
        return
    fi
    {
        # the first commit has no parent; files that were deleted are not to be linted
        { git diff --name-only HEAD; git ls-files --others --exclude-standard; git diff --name-only HEAD~1 HEAD || true; } 2>/dev/null |
            sed -n '/\.cpp$/p' | sort -u | while read -r f; do [ ! -f "$f" ] || echo "$f"; done | head -n "${STREAMQL_TIDY_FILES:-24}"
        our_files 'runtime/abi/*.cpp' 'runtime/base/*.cpp' 'runtime/record/*.cpp' 'runtime/time/*.cpp' 'runtime/metrics/*.cpp'
    } | awk '!seen[$0]++'
}

# The compile commands, and the generated parser's headers, come from the release build.
prepare_lint() {
    [ -f build/release/build.ninja ] || cmake --preset release >/dev/null || return 1
    if ninja -C build/release -t targets all 2>/dev/null | grep -q '^compiler_grammar:'; then
        cmake --build build/release --target compiler_grammar >/dev/null || return 1
    fi
}

check_lint() {
    local files known log
    prepare_lint || return 1
    known=$(mktemp)
    python3 -c 'import json; print(*sorted({e["file"] for e in json.load(open("build/release/compile_commands.json"))}), sep="\n")' |
        sed "s|^$PWD/||" >"$known"
    mapfile -t files < <(files_to_lint | grep -Fxf "$known")
    rm -f "$known"
    [ ${#files[@]} -gt 0 ] || { echo "no file to lint"; return 1; }
    echo "clang-tidy: ${#files[@]} files"
    log=build/clang-tidy.log
    printf '%s\0' "${files[@]}" | nice xargs -0 -n 1 -P "$(nproc)" clang-tidy-19 -p build/release --quiet --extra-arg=-w >"$log" 2>/dev/null && return
    cat "$log"
    return 1
}

report layers python3 tools/check_layering.py
report docs python3 tools/check_docs.py
report setup python3 tools/check_setup.py
report format check_format
report lint check_lint
exit $failed
