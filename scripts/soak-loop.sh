#!/bin/sh
# Cuts 20-iteration loops short with SIGKILL and with SIGTERM at random instants, resumes them, and compares them with one
# that nobody disturbed: 1,000 rounds of each, or as many as are given. `.ci/run` does 20 of each through the test suite.
set -eu
cd "$(dirname "$0")/.."
export BELLJAR_ROUNDS="${1:-1000}" SWIFT_BACKTRACE=enable=no
exec swift test --filter CrashTests
