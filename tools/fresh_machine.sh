#!/usr/bin/env bash
# A machine that has never seen StreamQL: a bare Debian 12 in a folder, a fresh clone in it, and what README says to type.
#
#   tools/fresh_machine.sh [--only demo|test] [--as root|user|both] [--keep] [DIR]
#
#   --only   one of README's two commands (default: `make demo`, then `make test`)
#   --as     who types them: root, an ordinary user with sudo, or each on a machine of its own (default: both)
#   --keep   leave the machines in DIR (default: build/fresh-machine); their logs stay there in any case
#
# Clones the checkout's HEAD (not what is uncommitted), with ../shared beside it if there is one. Takes from this host the
# apt sources, the resolver and its certificate authorities, and nothing else: no environment, no ccache, no packages.
# Prints the cold times. Needs root (asks sudo); each machine has mounts and processes of its own, which end with it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
newcomer=newcomer

usage() { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
say() { echo "fresh_machine: $*" >&2; }
die() { say "$@"; exit 1; }
wrong() { say "$@"; usage >&2; exit 2; }

commands=(demo test)
people=(root user)
keep=no
folder=
given=("$@")
while [ $# -gt 0 ]; do
    case $1 in
        --only) case ${2:-} in demo|test) commands=("$2") ;; *) wrong "--only takes demo or test" ;; esac; shift ;;
        --as)
            case ${2:-} in
                root|user) people=("$2") ;;
                both) ;;
                *) wrong "--as takes root, user or both" ;;
            esac
            shift ;;
        --keep) keep=yes ;;
        -h|--help) usage; exit 0 ;;
        -*) wrong "unknown option '$1'" ;;
        *) [ -z "$folder" ] || wrong "one folder, not two"; folder=$1 ;;
    esac
    shift
done
folder=$(realpath -m "${folder:-$top/build/fresh-machine}")

if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "needs root or sudo (a root file system is made and entered)"
    exec sudo "${BASH_SOURCE[0]}" "${given[@]}"
fi
# Only an own folder is ever deleted from.
if [ -e "$folder" ] && [ ! -e "$folder/.fresh-machine" ] && [ -n "$(ls -A "$folder")" ]; then
    die "$folder is not empty and was not made by this script"
fi
mkdir -p "$folder/logs"
touch "$folder/.fresh-machine"
command -v debootstrap >/dev/null || "$here/setup.sh" machine >&2

# README is what a newcomer has: the line that a bare system needs first is taken from it, word for word.
bare_line=$(grep -oE 'apt-get install [a-z0-9+. -]+' "$top/README.md" | head -n 1)
[ -n "$bare_line" ] || die "README.md has no line 'apt-get install ...' for a bare system"
for command in "${commands[@]}"; do
    grep -qE "^make $command\b" "$top/README.md" || die "README.md has no line 'make $command'"
done

remove() { [ ! -e "$1" ] || rm -rf --one-file-system "$1"; }

copy_from_host() { # ROOT PATH...: those that are there
    local root=$1 path
    shift
    for path in "$@"; do
        [ -e "$path" ] || continue
        mkdir -p "$root$(dirname "$path")"
        rm -rf "${root:?}$path"
        cp -aL "$path" "$root$path"
    done
}

make_base() {
    remove "$folder/base.part"
    debootstrap --variant=minbase bookworm "$folder/base.part" >"$folder/logs/debootstrap.log" 2>&1 ||
        { tail -n 20 "$folder/logs/debootstrap.log" >&2; die "debootstrap failed"; }
    copy_from_host "$folder/base.part" /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d \
        /etc/apt/trusted.gpg.d /etc/apt/keyrings /usr/share/keyrings /etc/resolv.conf /etc/hosts /usr/local/share/ca-certificates
    remove "$folder/base"
    mv "$folder/base.part" "$folder/base"
}

# enter ROOT WHO COMMAND: in namespaces of its own, so that mounts and daemons end with the command.
enter() {
    local root=$1 home=/root as=()
    if [ "$2" = user ]; then
        home=/home/$newcomer
        as=(runuser -u "$newcomer" --)
    fi
    unshare --mount --pid --fork --kill-child=KILL --propagation private bash -c '
        set -e
        root=$1
        shift
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        mount --rbind /dev "$root/dev"
        exec chroot "$root" "$@"
    ' enter "$root" "${as[@]}" env -i HOME="$home" TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        bash -c "cd && { [ ! -d streamql ] || cd streamql; } && $3" </dev/null
}

clone_into() { # ROOT HOME
    mkdir -p "$1$2"
    git clone -q --no-hardlinks "$top" "$1$2/streamql"
    git -C "$1$2/streamql" checkout -q --detach "$(git -C "$top" rev-parse HEAD)"
    [ ! -d "$top/../shared" ] || cp -a "$top/../shared" "$1$2/shared"
}

rows=()
failed=0
# timed WHO WHAT COMMAND...: one row of the table.
timed() {
    local who=$1 what=$2 begin=$SECONDS outcome=ok log
    log=$folder/logs/$who-${what// /-}.log
    shift 2
    say "$what as $who (log: $log)"
    "$@" >"$log" 2>&1 || { outcome=FAILED; failed=1; }
    rows+=("$(printf '%-6s %-14s %5d s  %-7s %s' "$who" "$what" $((SECONDS - begin)) "$outcome" "$log")")
    [ "$outcome" = ok ] || { tail -n 25 "$log" >&2; return 1; }
}

# A bare system as its administrator hands it over: what README asks for, and a user who may call sudo.
prepare() { # ROOT WHO
    enter "$1" root "export DEBIAN_FRONTEND=noninteractive; apt-get update -q && ${bare_line/install/install -q -y --no-install-recommends}" || return 1
    [ "$2" = user ] || return 0
    enter "$1" root "useradd --create-home --shell /bin/bash $newcomer && echo '$newcomer ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/$newcomer"
}

run_as() { # WHO
    local who=$1 root=$folder/root-$1 home=/root command
    [ "$who" = root ] || home=/home/$newcomer
    remove "$root"
    cp -a "$folder/base" "$root"
    timed "$who" "bare system" prepare "$root" "$who" || return 0
    clone_into "$root" "$home"
    [ "$who" = root ] || enter "$root" root "chown -R $newcomer: /home/$newcomer"
    for command in "${commands[@]}"; do
        timed "$who" "make $command" enter "$root" "$who" "make $command" || break
    done
    [ "$keep" = yes ] || remove "$root"
}

# What must not be there: a mount below the folder, or a process whose root is in it.
leftovers() {
    awk -v folder="$folder/" 'index($5, folder) == 1 { print "mount " $5 }' /proc/self/mountinfo
    local process
    for process in /proc/[0-9]*; do
        case $(readlink "$process/root" 2>/dev/null || true) in "$folder"/*) echo "process ${process#/proc/}" ;; esac
    done
}

finish() {
    trap - EXIT
    if [ "$keep" = no ]; then remove "$folder/base"; fi
    local left
    left=$(leftovers)
    if [ ${#rows[@]} -gt 0 ]; then
        printf '\n%-6s %-14s %7s  %-7s %s\n' who what time outcome log
        printf '%s\n' "${rows[@]}"
    fi
    [ -z "$left" ] || { say "left behind: $left"; failed=1; }
    exit "$failed"
}
trap 'failed=1; finish' EXIT
trap 'exit 130' INT TERM

say "a bare Debian 12 in $folder, $(git -C "$top" log -1 --format='%h %s')"
make_base
for who in "${people[@]}"; do run_as "$who"; done
finish
