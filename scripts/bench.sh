#!/bin/sh
# What a launch costs, and how near a loop comes to the exhaustive search of the matmul knobs. Prints machine, commands, n and spread.
set -eu
belljar=$1
command -v bwrap >/dev/null || echo "bench: bubblewrap is not installed (apt-get install bubblewrap); its row will be empty" >&2
swift build --scratch-path .build-release -c release --product launch-benchmark -Xswiftc -static-executable >&2
mkdir -p benchmarks/build
cc -O2 -D_GNU_SOURCE -D_Nonnull= -D_Nullable= -ISources/CSandbox/include -o benchmarks/build/twin \
  benchmarks/launch-twin/twin.c Sources/CSandbox/launch.c Sources/CSandbox/root.c Sources/CSandbox/init.c \
  Sources/CSandbox/launcher.c
.build-release/release/launch-benchmark --belljar "$belljar" --twin benchmarks/build/twin -n "${BENCH_ROUNDS:-300}"
[ "${BENCH_SEARCH:-yes}" = yes ] || exit 0

echo
echo "matmul: what a loop finds, beside an exhaustive search of the same knobs"
here=$(pwd)
belljar=$(cd "$(dirname "$belljar")" && pwd)/$(basename "$belljar")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r harness/matmul "$work/matmul"
cd "$work/matmul"
XDG_STATE_HOME="$work/state" "$belljar" loop
XDG_STATE_HOME="$work/state" "$belljar" apply
sh "$here/harness/matmul/search.sh" 5 256 "$work/matmul/src/matmul.c"
