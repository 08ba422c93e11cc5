#!/bin/sh
# Every program of fixtures/hostile under Belljar, and beside it under bubblewrap and nsjail where they are installed.
# A peer gets no limits but these: an unprivileged user, timeout(1), and a number of processes and a size of file by
# prlimit(1). What would take all memory or disk is not run there.
#
#   scripts/hostile.sh [BELLJAR] [ROW]
set -eu
belljar=$(realpath "${1:-.build-release/belljar}")
only=${2:-}
source=$(cd "$(dirname "$0")/../fixtures/hostile" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/programs"
cp "$source"/*.sh "$work/programs"
for each in "$source"/*.c; do
  name=$(basename "$each" .c)
  cc -std=gnu11 -D_GNU_SOURCE -O1 -pthread -o "$work/programs/$name" "$each"
done
chmod 755 "$work"/programs/*

# One line an entry: row|file|tries|policy|budget|expect|bomb|known|arguments
awk '
  function flush() { if (file) print row "|" file "|" tries "|" policy "|" budget "|" expect "|" bomb "|" known "|" arguments
    file = tries = policy = budget = expect = bomb = known = arguments = "" }
  /^- row:/ { flush(); row = $3; next }
  /^  [a-z_]+:/ { key = $1; value = $0; sub(/^  [a-z_]+: /, "", value); gsub(/[]["{}]/, "", value)
    if (key == "file:") file = value; else if (key == "tries:") tries = value; else if (key == "policy:") policy = value
    else if (key == "budget:") budget = value; else if (key == "expect:") expect = value
    else if (key == "bomb:") bomb = value; else if (key == "known:") known = "known"
    else if (key == "arguments:") { gsub(/,/, "", value); arguments = value } }
  END { flush() }' "$source/table.yaml" >"$work/table"

# What came of a program: its first hole, where it has found one.
said() {
  through=$(grep -c '^GOT THROUGH' "$work/out" || true)
  if [ "$through" -gt 0 ]; then
    echo "$through through: $(sed -n 's/^GOT THROUGH: //p' "$work/out" | head -n 1 | cut -c1-50)"
  else
    echo "$1"
  fi
}

under_belljar() {
  set -- "$file" "$arguments" --policy "$policy"
  old=$IFS
  IFS=,
  for each in $budget; do
    value=$(echo "$each" | sed 's/^[^:]*: *//; s/ //g')
    set -- "$@" "--$(echo "$each" | sed 's/^ *//; s/:.*//')" "$value"
  done
  IFS=$old
  program=$1
  shift 2
  # shellcheck disable=SC2086
  (cd / && timeout -k 1 60 "$belljar" run "$@" --format json --ro-bind "$work/programs" -- \
    "$work/programs/${program%.c}" $arguments) \
    </dev/null >"$work/out" 2>"$work/err" || true
  # What the program has printed may end without a line's end.
  grep -ao '{"reason": .*' "$work/err" | tail -n 1 >"$work/report" || true
  reason=$(sed -n 's/^{"reason": "\([a-zA-Z]*\)".*/\1/p' "$work/report")
  code=$(sed -n 's/^{"reason": "[a-z]*", "\(exit_code\|signal\)": \([0-9]*\).*/ \2/p' "$work/report")
  result="${reason:-no report}$code"
  case ", $expect, " in *", $result, "*) said "$result" ;; *) echo "NOT AS EXPECTED: $(said "$result")${known:+ (known)}" ;; esac
}

# Runs a peer's command line ("$@", ended by what to run) within the limits that it lacks.
under_peer() {
  [ "$bomb" != true ] || { echo "not run (no limit)"; return; }
  unprivileged=
  [ "$(id -u)" != 0 ] || unprivileged="setpriv --reuid 65534 --regid 65534 --clear-groups"
  code=0
  # shellcheck disable=SC2086
  (cd / && $unprivileged timeout -k 1 6 prlimit --nproc=400 --fsize=10000000 --core=0 --cpu=6 "$@" \
    "$work/programs/${file%.c}" $arguments) </dev/null >"$work/raw" 2>"$work/err" || code=$?
  head -c 1000000 "$work/raw" >"$work/out"
  case $code in
    0) said "all refused" ;;
    124 | 137) said "runs on (timeout)" ;;
    153 | 25) said "prints on (file limit)" ;;
    *) said "exit $code" ;;
  esac
}

peers=
for each in bwrap nsjail; do command -v $each >/dev/null && peers="$peers $each"; done
touch "$work/raw" "$work/out" "$work/err"
chmod 666 "$work/raw"
format='%-4s %-22s %-66s %-26s %-34s'
# shellcheck disable=SC2059
{
  printf "$format" row program "what it tries" expected Belljar
  for each in $peers; do printf ' %-60s' "$each"; done
  echo
}
bad=0
while IFS='|' read -r row file tries policy budget expect bomb known arguments; do
  [ -z "$only" ] || [ "$only" = "$row" ] || continue
  case $file in
    compile-*) command -v c++ >/dev/null || continue ;;
    network.sh) command -v bash >/dev/null || continue ;;
    canary.c) arguments="$(od -An -N8 -tx8 /dev/urandom | tr -d ' ') $(od -An -N8 -tx8 /dev/urandom | tr -d ' ')"
      HOSTILE_CANARY=$(echo "$arguments" | tr -d " "); export HOSTILE_CANARY ;;
  esac
  ours=$(under_belljar)
  case $ours in *"(known)") ;; NOT*) bad=$((bad + 1)) ;; esac
  # shellcheck disable=SC2059
  printf "$format" "$row" "${file%.c} $(echo "$arguments" | cut -c1-10)" "$tries ($policy)" "$expect" "$ours"
  for each in $peers; do
    case $each in
      bwrap) theirs=$(under_peer bwrap --unshare-all --die-with-parent --ro-bind / / --proc /proc --dev /dev --tmpfs /tmp \
        --ro-bind "$work/programs" "$work/programs") ;;
      nsjail) theirs=$(under_peer nsjail --quiet -Mo --chroot / --time_limit 6 --tmpfsmount /tmp --bindmount_ro "$work/programs" --) ;;
    esac
    printf ' %-60s' "$theirs"
  done
  echo
done <"$work/table"
[ $bad = 0 ] || { echo "$bad not as expected"; exit 1; }
