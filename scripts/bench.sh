#!/bin/sh
# What a launch costs, what runs inside loses, what an evaluation and the gateway add, and how near a loop comes to the exhaustive
# search of the matmul knobs. Each part prints the machine, n and the spread. BENCH="launches throughput" picks parts; aa (equal
# programs called different), power (slowdowns that are seen) and noise (what a sandbox adds to it) are only run when picked.
set -eu
belljar=$1
parts=${BENCH:-launches throughput spaced ballast overhead evaluation iteration gateway search}
command -v bwrap >/dev/null || echo "bench: bubblewrap is not installed (apt-get install bubblewrap); its rows will be empty" >&2
sh scripts/build.sh release launch-benchmark >&2
mkdir -p benchmarks/build
benchmark=.build-release/release/launch-benchmark
for part in $parts; do
  case $part in
    launches)
      cc -O2 -D_GNU_SOURCE -D_Nonnull= -D_Nullable= -ISources/CSandbox/include -o benchmarks/build/twin \
        benchmarks/launch-twin/twin.c Sources/CSandbox/*.c
      "$benchmark" --belljar "$belljar" --twin benchmarks/build/twin -n "${BENCH_ROUNDS:-300}" ;;
    throughput) "$benchmark" --throughput ;;
    spaced) "$benchmark" --spaced ;;
    ballast) "$benchmark" --ballast ;;
    overhead)
      cc -O2 -o benchmarks/build/work benchmarks/overhead/work.c
      "$benchmark" --overhead benchmarks/build/work ;;
    evaluation)
      sh scripts/build.sh release evaluation-benchmark >&2
      .build-release/release/evaluation-benchmark "${BENCH_ROUNDS:-300}" ;;
    iteration) sh scripts/bench-iteration.sh "$belljar" ;;
    gateway)
      sh scripts/build.sh release egress-benchmark >&2
      .build-release/release/egress-benchmark latency "${BENCH_ROUNDS:-300}"
      .build-release/release/egress-benchmark throughput 20 ;;
    aa|power|noise)
      # An hour, half an hour and a minute; BENCH_ROUNDS says how many comparisons in place of 1,000 and of 100 for each effect, and how
      # many turns in place of 20.
      sh scripts/build.sh release compare-benchmark >&2
      cc -O2 -o benchmarks/build/length benchmarks/work/work.c
      .build-release/release/compare-benchmark "$part" benchmarks/build/length ${BENCH_ROUNDS:+"$BENCH_ROUNDS"} ;;
    search)
      echo "matmul: what a loop finds, beside an exhaustive search of the same knobs"
      here=$(pwd)
      program=$(cd "$(dirname "$belljar")" && pwd)/$(basename "$belljar")
      work=$(mktemp -d)
      trap 'rm -rf "$work"' EXIT
      cp -r harness/matmul "$work/matmul"
      (cd "$work/matmul" && XDG_STATE_HOME="$work/state" "$program" loop && XDG_STATE_HOME="$work/state" "$program" apply &&
        sh "$here/harness/matmul/search.sh" 5 256 "$work/matmul/src/matmul.c") ;;
    *) echo "bench: no part '$part'; there are launches, throughput, spaced, ballast, overhead, evaluation, iteration, gateway, search, aa, power and noise" >&2; exit 64 ;;
  esac
  echo
done
