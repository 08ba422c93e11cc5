#!/bin/sh
# The main job, on two real programs: a loop that makes a matrix multiplication faster, and one that mends planted bugs.
# Works on copies in a temporary folder; nothing else is written. No model, no account, no network.
set -eu
belljar=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
harness=$(cd "$(dirname "$0")/../harness" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME="$work/state"

echo "== matmul: find the fastest blocking, loop order and unrolling of a matrix multiplication"
cp -r "$harness/matmul" "$work/matmul"
cd "$work/matmul"
git init -q . && git add -A && git -c user.name=demo -c user.email=demo@localhost commit -qm "as it was"
"$belljar" loop
test -z "$(git status --porcelain)" && echo "the checkout is as it was"
"$belljar" apply
git --no-pager diff --stat
"$belljar" verify

echo
echo "== bugfix: mend planted bugs until the tests pass"
mended=0
for bug in ${DEMO_BUGS:-1 4 9}; do
  sh "$harness/bugfix/plant" "$bug" "$work/bug-$bug" >/dev/null
  cd "$work/bug-$bug"
  echo "-- bug $bug"
  "$belljar" loop >"$work/log" 2>&1 && { mended=$((mended + 1)); "$belljar" diff | grep '^[-+][^-+]' || true; }
  grep '^ended' "$work/log" || tail -3 "$work/log"
done
echo "mended $mended of $(echo ${DEMO_BUGS:-1 4 9} | wc -w)"
