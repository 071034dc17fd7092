#!/usr/bin/env bash
# Private servers on loopback for tests and for a first try: real Apache Kafka, PostgreSQL and Redis, without Docker.
#
#   tools/servers.sh start [kafka|postgres|redis]...   start what is not running (default: all), then print `env`
#   tools/servers.sh stop  [kafka|postgres|redis]...   stop; data and logs stay
#   tools/servers.sh kill  [kafka|postgres|redis]...   SIGKILL, as a crash would (for tests of recovery)
#   tools/servers.sh status                            what runs, where its log is; exit 1 unless all run
#   tools/servers.sh env                               export lines: eval "$(tools/servers.sh env)"
#   tools/servers.sh wipe                              stop all and delete data and logs
#   tools/servers.sh kafka topics|produce|consume ...  Kafka's own tools, pointed at this broker
#
# State lies in build/servers; `--dir DIR` before the command (or STREAMQL_SERVERS_DIR) makes another, separate set.
# Ports are free ones, chosen at the first start and kept while they stay free. Only processes started here are ever
# signalled: the command line must still name this set's folder (Redis: its port). Messages go to stderr, `env` to stdout.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
usage() { sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

servers_dir=${STREAMQL_SERVERS_DIR:-$top/build/servers}
if [ "${1:-}" = --dir ]; then
    [ $# -ge 2 ] || { usage >&2; exit 2; }
    servers_dir=$2
    shift 2
fi
servers_dir=$(realpath -m "$servers_dir")
. "$here/servers/process.sh"
. "$here/servers/kafka.sh"
. "$here/servers/postgres.sh"
. "$here/servers/redis.sh"
command=${1:-}
[ $# -eq 0 ] || shift

all=(kafka postgres redis)
chosen=("${all[@]}")
choose() {
    [ $# -eq 0 ] && return
    local name
    for name in "$@"; do
        case $name in
            kafka|postgres|redis) ;;
            *) echo "servers: unknown server '$name' (kafka, postgres or redis)" >&2; exit 2 ;;
        esac
    done
    chosen=("$@")
}

# Two starts at once must not both find the broker missing. Servers do not inherit the lock: spawn() closes it.
lock() {
    mkdir -p "$servers_dir"
    exec 9>"$servers_dir/.lock"
    flock 9
}

print_env() {
    local name
    for name in "${all[@]}"; do
        if "${name}_running"; then "${name}_env"; fi
    done
}

start_all() {
    local name begin
    for name in "${chosen[@]}"; do
        if "${name}_running"; then
            say "$name is running"
            continue
        fi
        begin=$EPOCHREALTIME
        "${name}_start" || { echo "servers: $name did not start" >&2; exit 1; }
        say "$name is up in $(elapsed_since "$begin") s"
    done
}

stop_all() {
    local name
    for name in "${chosen[@]}"; do
        if "${name}_running"; then
            "${name}_stop"
            say "$name is stopped"
        fi
    done
}

status() {
    local name missing=0
    for name in "${chosen[@]}"; do
        if "${name}_running"; then
            printf '%-9s running  pid %-7s %s  log %s\n' "$name" "$("${name}_pid")" "$("${name}_address")" "$("${name}_log")"
        else
            printf '%-9s stopped\n' "$name"
            missing=1
        fi
    done
    return $missing
}

case $command in
    start) choose "$@"; lock; start_all; print_env ;;
    stop) choose "$@"; lock; stop_all ;;
    kill) choose "$@"; lock; for name in "${chosen[@]}"; do "${name}_kill"; done ;;
    status) choose "$@"; status ;;
    env) print_env ;;
    wipe)
        [ -d "$servers_dir" ] || exit 0
        lock; stop_all; postgres_wipe; rm -rf "$servers_dir" ;;
    kafka) kafka_tool "$@" ;;
    -h|--help|help) usage ;;
    *) usage >&2; exit 2 ;;
esac
