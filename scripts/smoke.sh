#!/bin/sh
# Every command of the installed binary once, on a project that is made here. As root also as a user without an entry in
# /etc/passwd: a static binary must not ask glibc's name service for anything.
set -eu
belljar=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
if [ -z "${SMOKE_INNER:-}" ] && [ "$(id -u)" = 0 ]; then
  ordinary=$(mktemp -d)
  trap 'rm -rf "$ordinary"' EXIT
  cp "$belljar" "$0" "$ordinary/"
  mkdir "$ordinary/tmp"
  chown -R 12345:12345 "$ordinary"
  SMOKE_INNER=1 sh "$0" "$belljar"
  cd "$ordinary"
  setpriv --reuid 12345 --regid 12345 --clear-groups env -i PATH="$PATH" HOME="$ordinary" TMPDIR="$ordinary/tmp" \
    SMOKE_INNER=1 sh "$ordinary/$(basename "$0")" "$ordinary/$(basename "$belljar")"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME="$work/state" XDG_CACHE_HOME="$work/cache"
mkdir "$work/project"
cd "$work/project"
echo 9 > number
cat > belljar.yaml <<'YAML'
name: smoke
surface: {editable: [number]}
scorers:
  - name: small
    kind: command
    role: objective
    direction: minimize
    run: cat number > "$BELLJAR_OUT/n"
    score: cat "$BELLJAR_OUT/n"
agent: {kind: command, run: 'echo $(($(cat number) - 1)) > number'}
loop: {strategy: optimize, stop: {iterations: 2}}
YAML
step() {
  "$belljar" "$@" > "$work/out" 2>&1 || { echo "smoke: belljar $* ended with $?:" >&2; cat "$work/out" >&2; exit 1; }
}
step --version
step doctor
step policy list
step policy show agent
step check
step score
step run -- /bin/true
step compare --time 1s --undecided pass --report junit:../compare.xml -- /bin/true /bin/true
step loop
step list
step log
step show 1
step diff
step verify
step status
step status --format json
step log --verdict kept --last 1
step export --format csv
step export --format tsv
step note 1 fine
step checkout 1 "$work/one"
[ "$(cat "$work/one/number")" = 8 ] || { echo "smoke: try 1 should hold 8" >&2; exit 1; }
step restore 1
step restore 2
step gc --discarded
step apply --dry-run
step apply
[ "$(cat number)" = 7 ] || { echo "smoke: the champion should hold 7, it holds $(cat number)" >&2; exit 1; }
step score --again last
step scorer new mine --language sh
step scorer test mine
step scorer test mine --format json
rm -r mine
# A second loop opens what the first left.
step loop
step list
echo "smoke: every command ran as user $(id -u)"
