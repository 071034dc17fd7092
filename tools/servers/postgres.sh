# PostgreSQL, reached over loopback TCP only (no socket file, so no limit on the length of the path). Sourced by
# tools/servers.sh.
#
# PostgreSQL refuses to run as root, so root hands it to the user `postgres`. That user must be able to reach the data:
# where the set's folder is closed to it (a checkout under /root), the data lie in a folder under /tmp.
# Everybody on this machine may log in as `postgres` without a password; the role `guarded` needs its own (`guarded`),
# which lets a test see a wrong password refused.

postgres_dir=$servers_dir/postgres

postgres_home() { [ -f "$postgres_dir/home" ] && cat "$postgres_dir/home" || true; }
postgres_pid() { pid_in "$(postgres_home)/data/postmaster.pid"; }
postgres_port() { cat "$postgres_dir/port"; }
postgres_log() { echo "$(postgres_home)/server.log"; }
postgres_address() { echo "127.0.0.1:$(postgres_port)"; }
postgres_running() { [ -n "$(postgres_home)" ] && process_is "$(postgres_pid)" "$(postgres_home)/data"; }
postgres_env() {
    cat <<E
export POSTGRES_URL=postgresql://postgres@127.0.0.1:$(postgres_port)/streamql
export PGHOST=127.0.0.1 PGPORT=$(postgres_port) PGUSER=postgres PGDATABASE=streamql
E
}

postgres_as() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

postgres_bin() {
    local folder
    for folder in $(pg_config --bindir 2>/dev/null || true) /usr/lib/postgresql/*/bin /usr/bin /usr/local/bin; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then echo "$folder"; return 0; fi
    done
    echo "servers: PostgreSQL's server is not installed (postgresql): run tools/setup.sh test" >&2
    return 1
}

postgres_make_home() {
    local home=$postgres_dir
    if ! postgres_as test -x "$home"; then
        home=$(mktemp -d /tmp/streamql-postgres.XXXXXX)
        chmod 755 "$home"
    fi
    echo "$home" >"$postgres_dir/home"
}

postgres_init() { # BIN
    local home
    home=$(postgres_home)
    rm -rf "$home/data"
    mkdir "$home/data"
    : >"$home/server.log"
    [ "$(id -u)" != 0 ] || chown postgres "$home/data" "$home/server.log"
    postgres_as "$1/initdb" -D "$home/data" -U postgres -A trust --no-sync -E UTF8 --locale=C.UTF-8 >"$postgres_dir/init.log" 2>&1 ||
        { cat "$postgres_dir/init.log" >&2; return 1; }
    postgres_as sed -i '1i host all guarded 127.0.0.1/32 scram-sha-256' "$home/data/pg_hba.conf"
    {
        echo "CREATE DATABASE streamql;"
        echo "CREATE ROLE guarded LOGIN PASSWORD 'guarded';"
    } | postgres_as "$1/postgres" --single -D "$home/data" postgres >>"$postgres_dir/init.log" 2>&1 || true
    # single-user mode exits 0 whatever its commands came to
    if grep -E 'ERROR|FATAL' "$postgres_dir/init.log" >&2; then return 1; fi
    touch "$postgres_dir/initialised"
}

postgres_start() {
    local bin home pid
    bin=$(postgres_bin) || return 1
    mkdir -p "$postgres_dir"
    chmod 755 "$postgres_dir"
    home=$(postgres_home)
    if [ -z "$home" ] || [ ! -d "$home" ]; then
        rm -f "$postgres_dir/initialised"
        postgres_make_home
        home=$(postgres_home)
    fi
    [ -f "$postgres_dir/initialised" ] || postgres_init "$bin" || return 1

    # After a SIGKILL its children need a moment to notice, and PostgreSQL takes an unreaped zombie for a live server.
    pid=$(postgres_pid)
    local i
    for ((i = 0; i < 200; i++)); do
        [ -n "$pid" ] && [ -e "/proc/$pid" ] && [ "$(stat -c %U "/proc/$pid")" = "$(postgres_as id -un)" ] || break
        sleep 0.05
    done

    free_ports 1 $(cat "$postgres_dir/port" 2>/dev/null) >"$postgres_dir/port.new"
    mv "$postgres_dir/port.new" "$postgres_dir/port"
    # Without fsync a commit is one write(): it outlives a SIGKILL of the server, not a power cut. (Without
    # synchronous_commit it would not even outlive the former.)
    postgres_as "$bin/pg_ctl" -D "$home/data" -w -t 60 -s -l "$home/server.log" start -o "-p $(postgres_port) \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=64MB -c max_wal_size=256MB \
        -c fsync=off -c full_page_writes=off -c wal_level=logical \
        -c max_prepared_transactions=64 -c timezone=UTC" </dev/null >&2 9>&- || { tail -n 20 "$home/server.log" >&2; return 1; }
}

postgres_stop() {
    local bin
    bin=$(postgres_bin) || return 1
    postgres_as "$bin/pg_ctl" -D "$(postgres_home)/data" -s -w -m fast stop >&2
}

postgres_kill() {
    postgres_running || return 0
    local pid
    pid=$(postgres_pid)
    kill -KILL "$pid"
    wait_until_gone "$pid" 50
}

# The data may lie outside the set's folder.
postgres_wipe() {
    case $(postgres_home) in
        /tmp/streamql-postgres.*) rm -rf "$(postgres_home)" ;;
    esac
}
