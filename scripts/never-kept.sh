#!/bin/sh
# never-kept.sh FOLDER NAME ITERATIONS: a loop of which each try changes one file, and none is kept: what is measured of the loop itself.
set -eu
mkdir -p "$1/src"
echo 0 > "$1/src/a"
cat > "$1/belljar.yaml" <<YAML
name: $2
surface: {editable: ["src/**"]}
scorers:
  - {name: never, kind: exit-code, role: gate, run: /bin/false}
agent: {kind: command, run: "cp /proc/sys/kernel/random/uuid src/a"}
loop: {strategy: retry, stop: {iterations: $3, failures: 1000000}}
YAML
