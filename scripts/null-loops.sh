#!/bin/sh
# Real loops that have nothing to find: an agent that adds a comment, and the time of a program of some milliseconds as objective, in
# real sandboxes under the loop's own accept rule. Nothing may be kept. What was kept is printed, and is the exit code.
#
#     scripts/null-loops.sh BELLJAR [PROGRAM...]      cpu, alloc and file; TRIES=30
set -eu
belljar=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
tries=${TRIES:-30}
source=$(cd "$(dirname "$0")/.." && pwd)/benchmarks/work/work.c
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME="$work/state"
echo "real null loops of $tries tries; $(uname -sr), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"
total=0
[ $# -gt 0 ] || set -- cpu alloc file
for program in "$@"; do
  case $program in
    cpu) run="./work cpu 1500000" ;;
    alloc) run="./work alloc 40000" ;;
    file) run="./work file 800 data" ;;
    *) echo "null-loops: no program '$program'; there are cpu, alloc and file" >&2; exit 64 ;;
  esac
  project=$work/$program
  mkdir -p "$project/src"
  cp "$source" "$project/src/work.c"
  head -c 4194304 /dev/urandom > "$project/data"
  cat > "$project/agent.sh" <<'AGENT'
#!/bin/sh
echo "/* faster now: $(cat /proc/sys/kernel/random/uuid) */" >> src/work.c
AGENT
  chmod +x "$project/agent.sh"
  cat > "$project/belljar.yaml" <<YAML
name: null-$program
surface: {editable: ["src/**"]}
build: {run: cc -O2 -o work src/work.c, outputs: [work]}
scorers:
  - {name: speed, kind: benchmark, role: objective, measure: wall, run: $run, expect: same}
budget: {wall: 30 s, memory: 256 MB}
agent: {kind: command, run: ./agent.sh}
loop: {strategy: optimize, stop: {iterations: $tries}}
YAML
  begun=$(date +%s)
  (cd "$project" && "$belljar" loop > "$work/$program.out" 2> "$work/$program.err") || test $? -eq 1 || {
    cat "$work/$program.err" >&2
    exit 125
  }
  (cd "$project" && "$belljar" export --format jsonl) > "$work/$program.jsonl"
  python3 - "$program" "$run" "$work/$program.jsonl" $(($(date +%s) - begun)) <<'COUNT'
import collections, json, sys

program, run, path, seconds = sys.argv[1:]
rows = [row for row in map(json.loads, open(path)) if row["record"] == "iteration" and row["iteration"] > 0]
answers = collections.Counter((row["reason"] or "none").split(":")[0].split(" after")[0] for row in rows)
kept = [row for row in rows if row["verdict"] == "kept"]
told = ", ".join("%d %s" % (count, answer) for answer, count in answers.most_common())
print("%-6s %s: %d tries in %s s, kept %d (%s)" % (program, run, len(rows), seconds, len(kept), told))
for row in kept:
    print("       KEPT: %s" % row["reason"])
open(path + ".kept", "w").write(str(len(kept)))
COUNT
  total=$((total + $(cat "$work/$program.jsonl.kept")))
done
echo "kept in all: $total"
exit "$((total > 255 ? 255 : total))"
