#!/bin/sh
# The tests once more as an ordinary user, where this shell is root: without any privilege, with limits polled where no
# cgroup is delegated. Uses what `make test` has built.
set -eu
user=12345
tests=$(pwd)/.build/debug/belljarPackageTests.xctest
[ "$(id -u)" = 0 ] || { echo "test-ordinary: not root, so 'make test' has run as an ordinary user already"; exit 0; }
[ -x "$tests" ] || { echo "test-ordinary: run 'make test' first" >&2; exit 1; }
ordinary="setpriv --reuid $user --regid $user --clear-groups"
if ! $ordinary test -x "$tests" -a -r Package.swift; then
  echo "test-ordinary: SKIPPED, as user $user can't read $(pwd); try a clone below /tmp or /srv"
  exit 0
fi
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir "$home/tmp"
chown -R "$user:$user" "$home"
echo "test-ordinary: as user $user"
bash "$(dirname "$0")/run-tests.sh" $ordinary env -i PATH="$PATH" HOME="$home" TMPDIR="$home/tmp" \
  SWIFT_BACKTRACE=enable=no ${BELLJAR_ROUNDS:+BELLJAR_ROUNDS="$BELLJAR_ROUNDS"} \
  "$tests" --testing-library swift-testing "$@"
