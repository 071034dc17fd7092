# Shared by tools/servers.sh and its parts: processes, ports, waiting. Sourced, never run.

say() { echo "servers: $*" >&2; }

elapsed_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

# need PROGRAM PACKAGE: a missing program is the user's to mend, in one command.
need() { command -v "$1" >/dev/null || { echo "servers: '$1' is not installed ($2): run tools/setup.sh test" >&2; return 1; }; }

# process_alive PID: there, and not a zombie that its parent has yet to reap (kill -0 calls those alive).
process_alive() {
    local stat
    [ -n "${1:-}" ] && read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
    stat=${stat##*) }
    [ "${stat%% *}" != Z ]
}

# process_is PID TEXT: alive, and TEXT is on its command line. Guards against a pid file older than its process.
process_is() {
    process_alive "${1:-}" && tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF -- "$2"
}

# pid_in FILE: the number in a pid file, or nothing.
pid_in() { [ -f "$1" ] && head -n 1 "$1" || true; }

# wait_until_gone PID TENTHS: 0 when the process has ended within that many tenths of a second.
wait_until_gone() {
    local i
    for ((i = 0; i < $2 * 5; i++)); do
        process_alive "$1" || return 0
        sleep 0.02
    done
    return 1
}

# end_process PID TENTHS: asks by SIGTERM, insists by SIGKILL after that many tenths of a second.
end_process() {
    kill -TERM "$1" 2>/dev/null || return 0
    wait_until_gone "$1" "$2" && return 0
    say "pid $1 ignores SIGTERM; killing it"
    kill -KILL "$1" 2>/dev/null || true
    wait_until_gone "$1" 50
}

# spawn LOG COMMAND...: in the background, out of reach of a Ctrl-C at the terminal, without our lock. Prints the pid.
spawn() {
    local log=$1
    shift
    setsid "$@" >>"$log" 2>&1 </dev/null 9>&- &
    echo $!
}

# free_ports COUNT [PORT...]: that many loopback ports, keeping those named that are still free. New ones lie below the
# range the kernel hands out to clients, so that a connection does not take the port between this check and its use.
free_ports() {
    python3 - "$@" <<'P'
import random, socket, sys
count, wanted, held = int(sys.argv[1]), [int(p) for p in sys.argv[2:]], []
while len(held) < count:
    port = wanted.pop(0) if wanted else random.randrange(20000, 32000)
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(("127.0.0.1", port))
        s.listen()
        held.append(s)
    except OSError:
        s.close()
print(*[s.getsockname()[1] for s in held])
P
}

# keep_old_log FILE: a server that starts again begins a new log; the last one stays beside it.
keep_old_log() { [ ! -s "$1" ] || mv -f "$1" "$1.old"; }
