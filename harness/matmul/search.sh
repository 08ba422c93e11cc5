#!/bin/sh
# Exhaustive search: builds and times every point of the grid that src/matmul.c declares, in folders of its own.
# Prints "MEDIAN POINT" for each, in microseconds, then the best and how it stands to the values in the source.
#
# usage: sh search.sh [RUNS [N]]        RUNS of each point (5) with N x N matrices (256)
set -eu
runs=${1:-5} n=${2:-256}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cp -R "$here/src" "$here/bench.c" "$here/Makefile" "$work/"
cd "$work"

value() { sed -n "s/^#define $1 //p" "$here/src/matmul.c"; }
baseline="BLOCK=$(value BLOCK) DEPTH=$(value DEPTH) ORDER=$(value ORDER) UNROLL=$(value UNROLL)"

# One after the other would lay the machine's slow minutes on few points: all are built, then timed in rounds.
for block in 16 32 64 128; do for depth in 16 32 64 128; do for order in ijk jik ikj kij; do for unroll in 1 2 4; do
  sed -e "s/^#define BLOCK .*/#define BLOCK $block/" -e "s/^#define DEPTH .*/#define DEPTH $depth/" \
    -e "s/^#define ORDER .*/#define ORDER $order/" -e "s/^#define UNROLL .*/#define UNROLL $unroll/" \
    "$here/src/matmul.c" > src/matmul.c
  rm -f matmul.o bench
  make -s bench
  mv bench "bench BLOCK=$block DEPTH=$depth ORDER=$order UNROLL=$unroll"
done; done; done; done

expected=
round=0
while [ "$round" -lt "$runs" ]; do
  round=$((round + 1))
  for bench in bench\ *; do
    start=$(date +%s%N)
    sum=$("./$bench" "$n")
    stop=$(date +%s%N)
    [ -n "$expected" ] || expected=$sum
    if [ "$sum" != "$expected" ]; then
      echo "${bench#bench }: a wrong result" >&2
      exit 1
    fi
    echo "$(((stop - start) / 1000))" >> "times of ${bench#bench }"
  done
done

for times in times\ of\ *; do
  echo "$(sort -n "$times" | sed -n "$(((runs + 1) / 2))p") ${times#times of }"
done | sort -n > all
cat all
echo "best:     $(head -n 1 all)"
echo "baseline: $(grep -F " $baseline" all)"
