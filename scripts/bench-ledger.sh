#!/bin/sh
# What a record of a million iterations costs: its size, and the time of log, show, status and verify on it.
#
#     scripts/bench-ledger.sh BELLJAR LEDGER-BENCHMARK [ITERATIONS]
set -eu
belljar=$(realpath "$1")
filler=$(realpath "$2")
count=${3:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME="$work/state"
mkdir "$work/project"
cd "$work/project"
cat > belljar.yaml <<'YAML'
name: long
surface: {editable: [value]}
scorers: [{name: speed, kind: benchmark, role: objective, run: "true"}]
agent: {kind: command, run: "true"}
loop: {strategy: optimize, stop: {iterations: 1000000}}
YAML
"$filler" "$work/project" "$count"
# The median of 9 runs, the whole process from fork to exit.
timed() {
  python3 - "$belljar" "$@" <<'PY'
import subprocess, sys, time
times = []
for _ in range(9):
    began = time.perf_counter()
    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
    times.append(time.perf_counter() - began)
times.sort()
print(f"{' '.join(sys.argv[2:]):34} {times[4] * 1000:7.1f} ms  ({times[0] * 1000:.1f} to {times[-1] * 1000:.1f})")
PY
}
timed log --last 50
timed log --verdict kept --last 50
timed show "$((count / 2))"
timed status
began=$(date +%s)
"$belljar" verify --records
echo "verify took $(($(date +%s) - began)) s"
