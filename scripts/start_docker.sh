#!/usr/bin/env bash
# Starts a Docker daemon of its own with one image, for the tests of the Docker sandbox: no network, no registry.
# Everything is in one folder; the daemon, its containers and the folder go when this script is told to end.
#
#   scripts/start_docker.sh        prints DOCKER_HOST=... and PALESTRA_DOCKER_IMAGE=..., then waits for Ctrl-C
#
# Covered: root on Debian or Ubuntu, with the packages docker.io and debootstrap. The image's root file system is
# made once and kept in the user's cache folder.
set -euo pipefail

image=palestra-test
suite=bookworm
cache=${XDG_CACHE_HOME:-$HOME/.cache}/palestra
root_tar=$cache/docker-root-$suite.tar

fail() {
    printf 'error: %s\n\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

# The first mirror that apt uses on this machine.
mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
        sed -nE '/^(URIs:|deb )/ { s/^.*(https?:\/\/[^ ]*debian)\/?( .*)?$/\1/p }' | head -n 1
}

make_root_tar() {
    [ -s "$root_tar" ] && return
    local tree
    tree=$(mktemp -d "$folder/root.XXXX")
    echo "start_docker: a root file system with Python and a C compiler (a minute, once)" >&2
    # shellcheck disable=SC2046  # without a mirror, debootstrap has its own
    debootstrap --variant=minbase --include=python3,gcc,libc6-dev "$suite" "$tree" $(mirror) >"$folder/debootstrap.log" 2>&1 ||
        fail "debootstrap failed: $(tail -n 1 "$folder/debootstrap.log")" "is a Debian mirror in /etc/apt?"
    rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/* "$tree"/usr/share/{doc,locale,man}
    mkdir -p "$cache"
    tar -C "$tree" -cf "$root_tar.$$" .
    mv "$root_tar.$$" "$root_tar"
    rm -rf "$tree"
}

stop() {
    trap - EXIT
    trap '' INT TERM # a second request must not cut this short
    if [ -n "${daemon:-}" ] && kill -TERM "$daemon" 2>/dev/null; then
        wait "$daemon" || true
    fi
    # A daemon that was killed leaves processes, which are known by the folder that they were given, mounts and groups.
    local pid mount
    for pid in $(grep -lasF "$folder/" /proc/[0-9]*/cmdline | cut -d / -f 3); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) != containerd* ]] || kill -KILL "$pid" 2>/dev/null || true
    done
    for pid in $(awk 1 "$folder"/exec/containerd/daemon/io.containerd.runtime.v2.task/*/*/init.pid 2>/dev/null); do
        kill -KILL "$pid" 2>/dev/null || true
    done
    awk -v folder="$folder/" 'index($5, folder) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do
        umount -l "$mount" || true
    done
    # The kernel may need a moment to let go of the groups of what was killed.
    for _ in 1 2 3 4 5; do
        find /sys/fs/cgroup -depth -type d -path "*/${folder##*/}*" -exec rmdir {} + 2>/dev/null && break
        sleep 0.2
    done
    rm -rf "$folder"
}

[ "$(id -u)" = 0 ] || fail "a Docker daemon needs root" "run it with sudo, or use a daemon that runs already"
for tool in dockerd containerd debootstrap curl; do
    command -v "$tool" >/dev/null || fail "\`$tool\` is missing" "apt-get install docker.io debootstrap curl"
done

folder=$(mktemp -d /tmp/palestra-docker.XXXX) # short: the path of a socket has at most 107 bytes
trap stop EXIT
trap 'exit 0' INT TERM
make_root_tar

socket=$folder/docker.sock
dockerd --iptables=false --ip6tables=false --bridge=none --data-root "$folder/data" --exec-root "$folder/exec" \
    --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/${folder##*/}" \
    --pidfile "$folder/docker.pid" -H "unix://$socket" >"$folder/dockerd.log" 2>&1 &
daemon=$!
ask() { curl --silent --fail --unix-socket "$socket" "http://docker$1" "${@:2}"; }
for _ in $(seq 300); do
    ask /_ping >/dev/null && break
    kill -0 "$daemon" 2>/dev/null || fail "dockerd ended: $(tail -n 1 "$folder/dockerd.log")" "it needs root and cgroups"
    sleep 0.1
done
ask "/images/create?fromSrc=-&repo=$image&tag=latest" -X POST -T "$root_tar" >"$folder/import.log" ||
    fail "dockerd did not take the image: $(tail -n 1 "$folder/dockerd.log")" "remove $root_tar and try again"

printf 'DOCKER_HOST=unix://%s\nPALESTRA_DOCKER_IMAGE=%s\nPALESTRA_DOCKERD_PID=%s\n' "$socket" "$image" "$daemon"
wait "$daemon" || fail "dockerd ended: $(tail -n 1 "$folder/dockerd.log")" "see what killed it"
