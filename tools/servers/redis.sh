# Redis without persistence. Sourced by tools/servers.sh.

redis_dir=$servers_dir/redis

redis_pid() { pid_in "$redis_dir/pid"; }
redis_log() { echo "$redis_dir/server.log"; }
redis_address() { echo "127.0.0.1:$(cat "$redis_dir/port")"; }
redis_running() { process_is "$(redis_pid)" "127.0.0.1:$(cat "$redis_dir/port" 2>/dev/null)"; }
redis_env() { echo "export REDIS_URL=redis://$(redis_address)"; }

redis_start() {
    need redis-server redis-server || return 1
    mkdir -p "$redis_dir"
    free_ports 1 $(cat "$redis_dir/port" 2>/dev/null) >"$redis_dir/port.new"
    mv "$redis_dir/port.new" "$redis_dir/port"
    keep_old_log "$(redis_log)"
    # Redis writes its address into its process title; redis_running looks for it there.
    spawn "$(redis_log)" redis-server --bind 127.0.0.1 --port "$(cat "$redis_dir/port")" --dir "$redis_dir" \
        --save '' --appendonly no >"$redis_dir/pid"
    local i
    for ((i = 0; i < 400; i++)); do
        if [ "$(redis-cli -p "$(cat "$redis_dir/port")" ping 2>/dev/null)" = PONG ]; then return 0; fi
        process_alive "$(redis_pid)" || break
        sleep 0.02
    done
    tail -n 20 "$(redis_log)" >&2
    return 1
}

redis_stop() {
    end_process "$(redis_pid)" 50
    rm -f "$redis_dir/pid"
}

redis_kill() {
    redis_running || return 0
    kill -KILL "$(redis_pid)"
    wait_until_gone "$(redis_pid)" 50
}
