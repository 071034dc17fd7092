#!/usr/bin/env bash
# make bench: the figures of PERFORMANCE, in one run against a consumer written by hand. See tools/bench/bench.py for what is counted.
#
#   EVENTS=2000000 RUNS=5 tools/bench/run.sh [--only TEXT]    TEXT is part of a case's title: Kafka, file, join, DEDUPLICATE
#
# Builds release, makes the data once (build/bench, 1 GB), and starts a private Kafka (build/bench-servers) that is stopped at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
events=${EVENTS:-2000000}
data=$PWD/build/bench
tools=build/release/tools

mkdir -p "$data"
cmake --preset release >build/bench-configure.log || { cat build/bench-configure.log; exit 1; }
cmake --build build/release --target streamql bench_generate bench_baseline

# files are made under another name, so that what is there is whole
clicks=$data/clicks-$events.ndjson conversions=$data/conversions-$events.ndjson
if [ ! -e "$conversions" ]; then
    $tools/bench/bench_generate clicks "$events" "$clicks" "$conversions.part"
    mv "$conversions.part" "$conversions"
fi

# the default gives up peak speed for a quick start
export STREAMQL_KAFKA_JVM=${STREAMQL_KAFKA_JVM:-" "}
trap 'tools/servers.sh --dir build/bench-servers stop kafka' EXIT
tools/servers.sh --dir build/bench-servers start kafka >/dev/null
brokers=$(tools/servers.sh --dir build/bench-servers env | sed -n 's/^export KAFKA_BROKERS=//p')
ads=$data/ads-$events.ndjson topic=ads-$events
if [ ! -e "$data/$topic.done" ] || ! tools/servers.sh --dir build/bench-servers kafka topics --list | grep -qx "$topic"; then
    rm -f "$data/$topic.done"
    $tools/bench/bench_generate ads "$events" "$ads" "$brokers" "$topic"
    touch "$data/$topic.done"
fi

streamql=$PWD/build/release/streamql
python3 -B tools/bench/bench.py --streamql "$streamql" --baseline "$tools/bench/bench_baseline" --data "$data" --ads "$ads" --clicks "$clicks" \
    --conversions "$conversions" --brokers "$brokers" --topic "$topic" --runs "${RUNS:-5}" "$@"
