#!/bin/sh
# The candidates of fixtures/cheats and what came of each, from the tests that run them (docs/cheats.md).
set -eu
cd "$(dirname "$0")/.."
came=$(mktemp)
log=$(mktemp)
trap 'rm -f "$came" "$log"' EXIT
status=0
BELLJAR_CHEATS=$came SWIFT_BACKTRACE=enable=no "${SWIFT:-swift}" test --skip-build --filter CheatTests >"$log" 2>&1 || status=$?
[ -s "$came" ] || { tail -n 40 "$log" >&2; exit 1; }
# In the order of the list: S, T, V, A, O, E, J, R, and what shows that they mean something at the end.
format='%-8s %-62.62s %-19.19s %s\n'
# shellcheck disable=SC2059
printf "$format" row "what it tries" expected "what came"
awk -F'|' '{
  letter = substr($1, 1, 1)
  place = index("STVAOEJRc", letter)
  printf "%d%03d|%s\n", place, substr($1, 2) + 0, $0
}' "$came" | sort -s -t'|' -k1,1 | while IFS='|' read -r _ row tries expected what; do
  # shellcheck disable=SC2059
  printf "$format" "$row" "$tries" "$expected" "$(printf '%.110s' "$what")"
done
[ $status = 0 ] || { grep 'recorded an issue' "$log" >&2 || tail -n 40 "$log" >&2; exit $status; }
