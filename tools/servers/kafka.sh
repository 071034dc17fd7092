# Apache Kafka in KRaft mode: one process that is broker and controller. Sourced by tools/servers.sh.
#
# The jars come from Maven Central once (kafka-pom.xml, checked by kafka-libs.sha256) and are shared by all sets of
# servers. The first broker of a machine writes a class archive when it stops; later ones start in half the time with it.
# STREAMQL_KAFKA_HEAP (512m) and STREAMQL_KAFKA_JVM replace the heap and the JIT flags; for measurements of throughput set
# STREAMQL_KAFKA_JVM=" ", because the default gives up peak speed for a quick start.

kafka_version=4.3.1
kafka_cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/streamql
kafka_libs=$kafka_cache/kafka-libs
kafka_dir=$servers_dir/kafka

kafka_pid() { pid_in "$kafka_dir/pid"; }
kafka_log() { echo "$kafka_dir/server.log"; }
kafka_address() { cat "$kafka_dir/bootstrap"; }
kafka_running() { process_is "$(kafka_pid)" "$kafka_dir/server.properties"; }
kafka_env() { echo "export KAFKA_BROKERS=$(kafka_address)"; }

# An archive fits only the Java that wrote it.
kafka_class_archive() {
    local java
    java=$(readlink -f "$(command -v java)")
    echo "$kafka_cache/kafka-$kafka_version-$(stat -c '%Y-%s' "$java").jsa"
}

# Downloads into a folder of its own and renames it when every checksum agrees, so a cut connection leaves nothing behind.
kafka_fetch() {
    local sums=$here/servers/kafka-libs.sha256 begin=$EPOCHREALTIME fresh attempt
    if cmp -s "$sums" "$kafka_libs/.verified"; then return 0; fi
    need mvn maven || return 1
    mkdir -p "$kafka_cache"
    exec 8>"$kafka_cache/.lock"
    flock 8
    if ! cmp -s "$sums" "$kafka_libs/.verified"; then
        say "fetching Kafka $kafka_version (45 MB, once) into $kafka_libs"
        fresh=$(mktemp -d "$kafka_cache/kafka-libs.XXXXXX")
        chmod 755 "$fresh"
        for attempt in 1 2; do
            mvn -q -B -C -f "$here/servers/kafka-pom.xml" \
                org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime \
                -DoutputDirectory="$fresh" >"$fresh.log" 2>&1 8>&- 9>&- && break
            sed "s/$(printf '\033')\[[0-9;]*m//g" "$fresh.log" | head -n 5 >&2
            [ $attempt = 1 ] || { rm -rf "$fresh" "$fresh.log"; echo "servers: Maven could not fetch Kafka's jars" >&2; return 1; }
            say "Maven failed; trying once more"
        done
        (cd "$fresh" && sha256sum --quiet --strict -c "$sums" >&2) || { rm -rf "$fresh"; echo "servers: a jar has a wrong checksum" >&2; return 1; }
        cp "$sums" "$fresh/.verified"
        rm -rf "$kafka_libs" "$fresh.log"
        mv "$fresh" "$kafka_libs"
        say "Kafka's jars are here after $(elapsed_since "$begin") s"
    fi
    exec 8>&-
}

kafka_write_log_settings() {
    cat >"$kafka_dir/log4j2.properties" <<'C'
status = error
appender.out.type = Console
appender.out.name = OUT
appender.out.target = SYSTEM_OUT
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{HH:mm:ss.SSS} %-5p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = OUT
# says "Kafka Server started", for which kafka_start waits
logger.ready.name = kafka.server.KafkaRaftServer
logger.ready.level = info
C
}

kafka_write_settings() { # BROKER_PORT CONTROLLER_PORT
    cat >"$kafka_dir/server.properties" <<C
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$2
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$2
advertised.listeners=PLAINTEXT://127.0.0.1:$1
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$kafka_dir/data
num.network.threads=2
num.io.threads=4
background.threads=2
num.partitions=1
auto.create.topics.enable=false
# the internal topics: a lone node holds one replica, and the default of 50 partitions only slows the start
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
# quick groups, quick restart after a crash, quick end of a dead producer's transaction
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=6000
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
# test events carry old and future times: never delete by age, never refuse a timestamp
log.retention.ms=-1
log.message.timestamp.before.max.ms=9223372036854775807
log.message.timestamp.after.max.ms=9223372036854775807
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=4194304
metadata.log.segment.bytes=16777216
C
}

# kafka_java CLASS ARGS...: a short-lived tool of Kafka's.
kafka_java() {
    local archive
    archive=$(kafka_class_archive)
    local flags=(-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1)
    [ ! -s "$archive" ] || flags+=("-XX:SharedArchiveFile=$archive" -Xlog:cds=off -Xlog:cds+dynamic=off)
    java "${flags[@]}" -Dlog4j2.configurationFile="$kafka_dir/log4j2.properties" -cp "$kafka_libs/*" "$@"
}

kafka_format() {
    local id
    id=$(python3 -c 'import base64, uuid; print("A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22])')
    kafka_java kafka.tools.StorageTool format -t "$id" -c "$kafka_dir/server.properties" >"$kafka_dir/format.log" 2>&1 ||
        { cat "$kafka_dir/format.log" >&2; return 1; }
}

kafka_start() {
    need java openjdk-17-jre-headless || return 1
    kafka_fetch || return 1
    mkdir -p "$kafka_dir"
    local ports archive jit
    read -ra ports <<<"$(free_ports 2 $(cat "$kafka_dir/ports" 2>/dev/null))"
    echo "${ports[@]}" >"$kafka_dir/ports"
    echo "127.0.0.1:${ports[0]}" >"$kafka_dir/bootstrap"
    kafka_write_log_settings
    kafka_write_settings "${ports[@]}"
    [ -f "$kafka_dir/data/meta.properties" ] || { rm -rf "$kafka_dir/data"; kafka_format || return 1; }

    archive=$(kafka_class_archive)
    jit=${STREAMQL_KAFKA_JVM:--XX:TieredStopAtLevel=1}
    local flags=(-Xms"${STREAMQL_KAFKA_HEAP:-512m}" -Xmx"${STREAMQL_KAFKA_HEAP:-512m}" -XX:+UseSerialGC
        -XX:MaxMetaspaceSize=160m -Xss512k -XX:+ExitOnOutOfMemoryError -Djava.net.preferIPv4Stack=true $jit)
    if [ -s "$archive" ]; then
        flags+=("-XX:SharedArchiveFile=$archive")
    else
        flags+=("-XX:ArchiveClassesAtExit=$kafka_dir/classes.jsa" -Xlog:cds=off -Xlog:cds+dynamic=off)
    fi
    keep_old_log "$(kafka_log)"
    spawn "$(kafka_log)" java "${flags[@]}" -Dlog4j2.configurationFile="$kafka_dir/log4j2.properties" \
        -cp "$kafka_libs/*" kafka.Kafka "$kafka_dir/server.properties" >"$kafka_dir/pid"
    kafka_wait_until_ready
}

kafka_wait_until_ready() {
    local i pid
    pid=$(kafka_pid)
    for ((i = 0; i < 1200; i++)); do
        if grep -q 'Kafka Server started' "$(kafka_log)"; then return 0; fi
        process_alive "$pid" || break
        sleep 0.05
    done
    tail -n 20 "$(kafka_log)" >&2
    if process_alive "$pid"; then echo "servers: Kafka is not ready after 60 s" >&2; end_process "$pid" 50; fi
    rm -f "$kafka_dir/pid"
    return 1
}

kafka_stop() {
    end_process "$(kafka_pid)" 300
    rm -f "$kafka_dir/pid"
    local archive
    archive=$(kafka_class_archive)
    if [ -s "$kafka_dir/classes.jsa" ]; then mv -f "$kafka_dir/classes.jsa" "$archive"; fi
}

kafka_kill() {
    kafka_running || return 0
    kill -KILL "$(kafka_pid)"
    wait_until_gone "$(kafka_pid)" 50
}

kafka_tool() { # topics|produce|consume ARGS...
    kafka_running || { echo "servers: kafka is not running: tools/servers.sh start kafka" >&2; return 1; }
    local tool=${1:-} class
    case $tool in
        topics) class=TopicCommand ;;
        produce) class=ConsoleProducer ;;
        consume) class=consumer.ConsoleConsumer ;;
        *) echo "servers: tools/servers.sh kafka topics|produce|consume ARGS..." >&2; return 2 ;;
    esac
    shift
    kafka_java "org.apache.kafka.tools.$class" --bootstrap-server "$(kafka_address)" "$@"
}
