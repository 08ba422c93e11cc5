#!/bin/bash
# run-tests.sh COMMAND...: runs tests (`swift test`, or the test program itself), and repeats at the end what failed, which a long
# output buries. With BELLJAR_AGAIN=1 what failed is run once more with nothing beside it: a test that passes then depends on the
# load of the machine; it is named as unsteady, and doesn't count as a failure. More than five are no accident, and do.
set -uo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
# The test program of an ordinary user writes here, too.
chmod 777 "$place"
"$@" --xunit-output "$place/tests.xml" 2>&1 | tee "$place/log"
status=${PIPESTATUS[0]}
[ "$status" = 0 ] && exit 0

echo
echo "== failed"
grep -aE 'recorded an issue|Caught error|Fatal error|^error:' "$place/log" | head -50
# `swift test` adds to the name that it is given, the test program itself doesn't.
report="$place/tests-swift-testing.xml"
[ -f "$report" ] || report="$place/tests.xml"
if [ ! -f "$report" ]; then
  echo "run-tests: the tests ended without a report (status $status)" >&2
  exit "$status"
fi
failed=$(awk '
  /<testcase / {
    class = $0; sub(/.* classname="/, "", class); sub(/".*/, "", class)
    name = $0; sub(/.* name="/, "", name); sub(/[("].*/, "", name)
  }
  /<failure/ { print class "/" name }' "$report" | sort -u)
echo "${failed:-none by name}"
[ "${BELLJAR_AGAIN:-0}" = 1 ] && [ -n "$failed" ] && [ "$(echo "$failed" | wc -l)" -le 5 ] || exit "$status"

# Without the filters of the first run.
again=()
while [ $# -gt 0 ]; do
  case $1 in
    --skip|--filter) shift ;;
    *) again+=("$1") ;;
  esac
  shift
done
while read -r test; do
  echo
  echo "== $test once more, by itself"
  # Suites within suites have a dot here and a slash there.
  "${again[@]}" --filter "^${test//./[./]}\\(" 2>&1 | tee "$place/log"
  [ "${PIPESTATUS[0]}" = 0 ] && ! grep -q 'Test run with 0 tests' "$place/log" || exit "$status"
done <<<"$failed"
echo "unsteady: passed only by themselves: $(echo $failed)"
