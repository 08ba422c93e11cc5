#!/bin/sh
# soak-loop.sh BELLJAR ROUNDS: cuts 20-iteration loops short with SIGKILL, with SIGTERM and by a full disk at random instants, goes on
# with them, and compares them with one that nobody disturbed: so many rounds of each, and a quarter as many with three tries side
# by side. The test suite does 20.
set -eu
BELLJAR_PROGRAM=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/.."
export BELLJAR_PROGRAM BELLJAR_ROUNDS="$2" SWIFT_BACKTRACE=enable=no
exec swift test --skip-build --filter CrashTests
