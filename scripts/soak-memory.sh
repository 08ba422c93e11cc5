#!/bin/sh
# The memory of a loop's controller over many iterations: a scripted agent that changes one file, and a scorer that passes none.
# Prints what it holds after 1,000 iterations and then now and then, and fails where the end is more than 1.2 times that.
#
#     scripts/soak-memory.sh BELLJAR [ITERATIONS]      100,000 take about half an hour
set -eu
belljar=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
iterations=${2:-100000}
[ "$iterations" -gt 1000 ] || { echo "soak-memory: more than 1000 iterations, not $iterations" >&2; exit 64; }
work=$(mktemp -d)
loop=
trap '[ -z "$loop" ] || kill "$loop" 2>/dev/null || true; rm -rf "$work"' EXIT
export XDG_STATE_HOME="$work/state"
sh "$(dirname "$0")/never-kept.sh" "$work/project" memory "$iterations"
cd "$work/project"

echo "controller's memory over $iterations iterations; $(uname -sr), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"
"$belljar" loop > /dev/null 2> "$work/errors" &
loop=$!
done_so_far() { "$belljar" status --format json 2>/dev/null | tr ',{' '\n\n' | awk -F: '/"last"/ {print $2 + 0; exit}'; }
resident() { awk '/^VmRSS/ {rss = $2} /^RssAnon/ {own = $2} END {print rss, own}' "/proc/$loop/status" 2>/dev/null; }
begun=$(date +%s)
next=1000
first=
last=
while now=$(resident) && [ -n "$now" ] && [ "$now" != " " ]; do
  count=$(done_so_far)
  if [ "${count:-0}" -ge "$next" ]; then
    set -- $now
    [ -n "$first" ] || first=$1
    last=$1
    printf '%8d iterations  %7d KB resident, %7d KB of its own  (%d s)\n' "$count" "$1" "$2" "$(($(date +%s) - begun))"
    next=$((next < 10000 ? 10000 : next + 10000))
    # The last look is shortly before the end, when there is still a process to look at.
    [ "$next" -lt "$iterations" ] || [ "$count" -ge $((iterations - 200)) ] || next=$((iterations - 200))
  fi
  sleep 1
done
wait "$loop" || true
loop=
[ -n "$first" ] || { echo "soak-memory: no sample after 1000 iterations" >&2; cat "$work/errors" >&2; exit 1; }
count=$("$belljar" export --format csv | tail -n +2 | wc -l)
[ "$count" -ge "$iterations" ] || { echo "soak-memory: the loop ended after $count iterations" >&2; cat "$work/errors" >&2; exit 1; }
echo "$count iterations in the record; the state folder holds $(du -sm "$work/state" | cut -f1) MB"
awk -v first="$first" -v last="$last" 'BEGIN {
  printf "the last is %.3f of the first\n", last / first
  exit last > 1.2 * first }'
