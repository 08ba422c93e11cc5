#!/bin/sh
# What a launch costs, and the exhaustive search of the matmul knobs. Prints machine, commands, n and spread.
set -eu
belljar=$1
command -v bwrap >/dev/null || echo "bench: bubblewrap is not installed (apt-get install bubblewrap); its row will be empty" >&2
swift build --scratch-path .build-release -c release --product launch-benchmark -Xswiftc -static-executable >&2
mkdir -p benchmarks/build
cc -O2 -D_GNU_SOURCE -D_Nonnull= -D_Nullable= -ISources/CSandbox/include -o benchmarks/build/twin \
  benchmarks/launch-twin/twin.c Sources/CSandbox/launch.c Sources/CSandbox/root.c Sources/CSandbox/init.c \
  Sources/CSandbox/launcher.c
.build-release/release/launch-benchmark --belljar "$belljar" --twin benchmarks/build/twin -n "${BENCH_ROUNDS:-300}"
[ "${BENCH_SEARCH:-yes}" = yes ] && sh harness/matmul/search.sh
