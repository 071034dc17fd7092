#!/usr/bin/env bash
# Runs the tests; `make test`, `make asan` and `make tsan` are this script.
#
#   tools/test.sh all       set up, build (release), all tests against real servers, then asan, tsan and `make check`
#   tools/test.sh release   build (release) and run all tests against real servers
#   tools/test.sh asan      unit and stream tests under AddressSanitizer and UBSan
#   tools/test.sh tsan      the runtime's tests, driven by plain C++ programs, under ThreadSanitizer
#
# A server that does not start is a failure, never a skipped test. A build that fails stops the run; a failing test does
# not, so that one run shows all that is wrong. The servers are a set of their own and are stopped however this ends.
# JUnit files lie in build/test-results/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=$PWD/build/test-results
mkdir -p "$results"
export STREAMQL_SERVERS_DIR=$PWD/build/test-servers
summary=()
failed=0

section() { printf '\n=== %s (%s)\n' "$1" "$(date +%H:%M:%S)"; }

# step NAME COMMAND...: runs it, notes its time and its outcome.
step() {
    local name=$1 begin=$SECONDS outcome=ok
    shift
    section "$name"
    "$@" || { outcome=FAILED; failed=1; }
    summary+=("$(printf '%-24s %-7s %4d s  %s' "$name" "$outcome" $((SECONDS - begin)) "$(closing_line "$name")")")
    [ "$outcome" = ok ]
}

# closing_line NAME: what ctest said last ("100% tests passed, ...").
closing_line() {
    local log="$results/${1// /-}.log"
    if [[ $1 == *tests ]] && [ -f "$log" ]; then grep -E 'tests passed|No tests' "$log" || true; fi
}

must() { step "$@" || finish; }

finish() {
    trap - EXIT
    tools/servers.sh stop || true
    section "summary"
    printf '%s\n' "${summary[@]}"
    if [ "$failed" = 0 ]; then echo "all passed in $SECONDS s"; else echo "FAILED after $SECONDS s"; fi
    exit "$failed"
}
trap 'failed=1; finish' EXIT
trap 'exit 130' INT TERM

build() { # PRESET [TARGET]
    cmake --preset "$1" >"$results/$1-configure.log" 2>&1 || { cat "$results/$1-configure.log"; return 1; }
    cmake --build "build/$1" ${2:+--target "$2"}
}

run_ctest() { # PRESET NAME ARGS...
    local preset=$1 name=$2
    shift 2
    rm -f "$results/$name.log"
    ctest --test-dir "build/$preset" --output-on-failure --no-tests=error --timeout 900 \
        --output-log "$results/$name.log" --output-junit "$results/$name.xml" "$@"
}

start_servers() {
    tools/servers.sh wipe && tools/servers.sh start >"$results/servers.env" && . "$results/servers.env"
}

release() {
    must "release build" build release
    must "servers" start_servers
    step "release tests" run_ctest release release-tests || true
}

# The sanitizers run the short tests only: unit tests, and under ASan fewer seeds of stream = batch (PostgreSQL).
# Stack addresses are fixed for TSan, which otherwise refuses kernels that spread them widely.
asan() {
    export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
    export UBSAN_OPTIONS=print_stacktrace=1
    export STREAMQL_SEEDS=${STREAMQL_SEEDS:-25}
    must "asan build" build asan short_tests
    must "servers" start_servers
    step "asan tests" run_ctest asan asan-tests -L short || true
}

tsan() {
    export TSAN_OPTIONS=second_deadlock_stack=1
    must "tsan build" build tsan short_tests
    local fixed=()
    if setarch -R true 2>/dev/null; then fixed=(setarch -R); fi
    step "tsan tests" "${fixed[@]}" tools/test.sh run-tsan-tests || true
}

case ${1:-} in
    all)
        must "packages" tools/setup.sh test check
        release
        asan
        tsan
        step "check" tools/check.sh || true
        finish ;;
    release) release; finish ;;
    asan) asan; finish ;;
    tsan) tsan; finish ;;
    run-tsan-tests) trap - EXIT INT TERM; run_ctest tsan tsan-tests -L short -E unit_state ;;  # which has one thread
    *) trap - EXIT; sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
