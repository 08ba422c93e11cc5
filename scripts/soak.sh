#!/bin/sh
# Twenty launches of each hostile program, two at a time, then 10,000 of /bin/true; and what is on the machine before and after
# of all that a sandbox could leave behind. SOAK_ROUNDS and SOAK_LAUNCHES make it shorter.
set -eu
tests=$(pwd)/.build/debug/belljarPackageTests.xctest
[ -x "$tests" ] || { echo "soak: run 'make test' first" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

count() { "$@" 2>/dev/null | wc -l; }
census() {
  echo "processes $(ls /proc | grep -c '^[0-9]')"
  echo "namespaces $(find /proc/[0-9]*/ns -type l -exec readlink {} + 2>/dev/null | sort -u | wc -l)"
  echo "mounts $(wc -l </proc/self/mountinfo)"
  echo "cgroups $(find /sys/fs/cgroup -type d -name 'belljar-*' 2>/dev/null | wc -l)"
  echo "temporary $(find /tmp /dev/shm /var/tmp -maxdepth 1 -name 'belljar*' 2>/dev/null | wc -l)"
  echo "shared-memory $(($(count cat /proc/sysvipc/shm) + $(count cat /proc/sysvipc/msg) + $(count cat /proc/sysvipc/sem)))"
  echo "open-files $(cut -f1 /proc/sys/fs/file-nr)"
}
census >"$work/before"
env BELLJAR_SOAK="${SOAK_ROUNDS:-20}" SWIFT_BACKTRACE=enable=no \
  "$tests" --testing-library swift-testing --filter HostileSoak >"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
grep -a 'hostile programs, two' "$work/log"
.build-release/release/launch-benchmark --soak "${SOAK_LAUNCHES:-10000}"
sleep 5
census >"$work/after"
# The kernel counts open files by processor, roughly; other programs of the machine come and go by a few.
paste -d ' ' "$work/before" "$work/after" | awk '
  { slack = $1 == "processes" ? 5 : $1 == "namespaces" ? 5 : $1 == "open-files" ? 400 : 0
    grew = $4 > $2 + slack; bad += grew
    printf "%-16s %8d %8d%s\n", $1, $2, $4, grew ? "  GREW" : "" }
  END { exit bad > 0 }'
