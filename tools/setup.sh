#!/usr/bin/env bash
# Installs the Debian packages that StreamQL needs and that are not here yet, and nothing else.
#
#   tools/setup.sh [--list] [build|test|check|machine]...     default: build
#
#   build     compile and run streamql
#   test      also run the tests against real servers (Kafka's own jars come later, by tools/servers.sh)
#   check     also the formatter and the linter of `make check`
#   machine   what tools/fresh_machine.sh makes a bare Debian with
#   --list    print the packages, one a line, and change nothing
#
# Safe to run twice: with everything in place it only looks (well under a second). As root it calls apt-get itself,
# otherwise through sudo. STREAMQL_OS_RELEASE names another os-release file (the tests of this script use it).
set -euo pipefail

build_packages=(
    ca-certificates git make g++ cmake ninja-build pkg-config ccache mold
    llvm-19-dev clang-19                                     # the JIT
    antlr4 openjdk-17-jre-headless uuid-dev libantlr4-runtime-dev  # the parser; uuid-dev is asked for by ANTLR's CMake file
    librdkafka-dev libpqxx-dev libpq-dev                     # Kafka and PostgreSQL
    nlohmann-json3-dev libsimdjson-dev libfmt-dev libxxhash-dev libre2-dev libssl-dev libcli11-dev zlib1g-dev libzstd-dev
    tzdata                                                   # time zones by name: the system's are used
    libgtest-dev python3
)
test_packages=("${build_packages[@]}" postgresql redis-server maven python3-yaml python3-jsonschema)
check_packages=("${build_packages[@]}" clang-format-19 clang-tidy-19)

machine_packages=(debootstrap git)

usage() { sed -n '2,15s/^# \{0,1\}//p' "$0"; }
say() { echo "setup: $*"; }
die() { echo "setup: $*" >&2; exit 1; }

wanted=()
list=no
if [ "${1:-}" = --list ]; then
    list=yes
    shift
fi
[ $# -gt 0 ] || set -- build
for step in "$@"; do
    case $step in
        build) wanted+=("${build_packages[@]}") ;;
        test) wanted+=("${test_packages[@]}") ;;
        check) wanted+=("${check_packages[@]}") ;;
        machine) wanted+=("${machine_packages[@]}") ;;
        -h|--help) usage; exit 0 ;;
        *) echo "setup: unknown step '$step' (build, test, check or machine)" >&2; exit 2 ;;
    esac
done
mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)
if [ $list = yes ]; then
    printf '%s\n' "${wanted[@]}"
    exit 0
fi

os_release=${STREAMQL_OS_RELEASE:-/etc/os-release}
distribution=$( (. "$os_release" 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-}") || echo unknown)
if [ "$distribution" != "debian 12" ]; then
    {
        echo "setup: this is '$distribution', and only Debian 12 was tried; nothing was changed."
        echo "Install these by hand (names of Debian 12; LLVM must be 19, the C++ compiler g++ 12 or later), then use cmake:"
        printf '%s\n' "${wanted[@]}" | fmt -w 110 | sed 's/^/    /'
        echo '    cmake --preset release && cmake --build build/release'
    } >&2
    exit 1
fi

missing_packages() {
    local installed  # dpkg-query fails when it does not know one of them
    installed=$({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true; } | sed -n 's/^installed //p' | sort -u)
    comm -23 <(printf '%s\n' "${wanted[@]}") <(printf '%s\n' "$installed")
}

mapfile -t missing < <(missing_packages)
if [ ${#missing[@]} -eq 0 ]; then
    say "all ${#wanted[@]} packages for '$*' are installed"
    exit 0
fi

as_root=(env DEBIAN_FRONTEND=noninteractive)
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "needs root or sudo to install: ${missing[*]}"
    as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
fi

install_missing() {
    "${as_root[@]}" apt-get update -q -o Acquire::Retries=3 &&
        "${as_root[@]}" apt-get install -q -y --no-install-recommends -o Acquire::Retries=3 \
            -o Dpkg::Use-Pty=0 "${missing[@]}"
}

say "installing ${#missing[@]} of ${#wanted[@]} packages: ${missing[*]}"
begin=$SECONDS
if ! install_missing; then
    say "apt-get failed; trying once more"
    sleep "${STREAMQL_APT_PAUSE:-5}"
    install_missing || die "apt-get failed twice (its messages are above); still missing: $(missing_packages | tr '\n' ' ')"
fi
mapfile -t missing < <(missing_packages)
[ ${#missing[@]} -eq 0 ] || die "apt-get said yes, but these are still missing: ${missing[*]}"
say "done in $((SECONDS - begin)) s"
