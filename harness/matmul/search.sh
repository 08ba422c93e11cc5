#!/bin/sh
# Exhaustive search: builds and times every point of the grid that src/matmul.c declares, in folders of its own.
# Prints "MEDIAN POINT" for each, in microseconds. Then the best, the baseline and, where its file is given, a champion
# are timed again side by side, four times as often.
#
# usage: sh search.sh [RUNS [N [CHAMPION.C]]]        RUNS of each point (5) with N x N matrices (256)
set -eu
runs=${1:-5} n=${2:-256}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cp -R "$here/src" "$here/bench.c" "$here/Makefile" "$work/"
cd "$work"

value() { sed -n "s/^#define $1 //p" "$2"; }
point() { echo "BLOCK=$(value BLOCK "$1") DEPTH=$(value DEPTH "$1") ORDER=$(value ORDER "$1") UNROLL=$(value UNROLL "$1")"; }
baseline=$(point "$here/src/matmul.c")
champion=$([ -z "${3:-}" ] || point "$3")

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
# One timed run of a point, appended to a file.
time_point() {
  start=$(date +%s%N)
  sum=$("./bench $1" "$n")
  stop=$(date +%s%N)
  [ -n "$expected" ] || expected=$sum
  if [ "$sum" != "$expected" ]; then
    echo "$1: a wrong result" >&2
    exit 1
  fi
  echo "$(((stop - start) / 1000))" >> "$2"
}
median() { sort -n "$1" | sed -n "$((($(wc -l < "$1") + 1) / 2))p"; }

round=0
while [ "$round" -lt "$runs" ]; do
  round=$((round + 1))
  for bench in bench\ *; do time_point "${bench#bench }" "times of ${bench#bench }"; done
done

for times in times\ of\ *; do echo "$(median "$times") ${times#times of }"; done | sort -n > all
cat all

best=$(sed -n '1s/^[0-9]* //p' all)
round=0
while [ "$round" -lt "$((runs * 4))" ]; do
  round=$((round + 1))
  time_point "$best" "again best"
  time_point "$baseline" "again baseline"
  [ -z "$champion" ] || time_point "$champion" "again champion"
done
echo "side by side, median of $((runs * 4)) in microseconds, $n x $n:"
echo "best      $(median "again best") $best"
[ -z "$champion" ] || echo "champion  $(median "again champion") $champion"
echo "baseline  $(median "again baseline") $baseline"
[ -z "$champion" ] ||
  echo "the champion takes $(($(median "again champion") * 1000 / $(median "again best"))) thousandths of the best's time"
