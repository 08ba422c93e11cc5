#!/bin/sh
# What an iteration costs: a scripted agent that changes one file and a scorer that is /bin/false, so that nothing is ever kept, in
# trees of 100 and 100,000 files; and beside it, by turns on the same trees, the shell loop that people write without Belljar.
set -eu
belljar=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
tries=${BENCH_TRIES:-60}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME="$work/state"

# spread FILE: the median, with the 5th and the 95th percentile, in milliseconds.
spread() {
  sort -n "$1" | awk '{v[NR] = $1} END {printf "%8.1f ms  (%.1f to %.1f, n %d)", v[int((NR + 1) / 2)], v[int(NR * .05) + 1], v[int(NR * .95 + .5)], NR}'
}
# tree FOLDER FILES A-FOLDER
tree() {
  mkdir -p "$1"
  awk -v root="$1" -v files="$2" -v each="$3" 'BEGIN {
    for (i = 0; i < files; i++) {
      if (i % each == 0) { folder = sprintf("%s/d%05d", root, i / each); system("mkdir " folder) }
      name = sprintf("%s/f%05d", folder, i % each); printf "file %d\n", i > name; close(name)
    }
  }'
  sh "$here/never-kept.sh" "$1" overhead "$tries"
  git -C "$1" init -q
  git -C "$1" config user.email bench@localhost
  git -C "$1" config user.name bench
  git -C "$1" config gc.auto 0
  git -C "$1" add -A
  git -C "$1" commit -qm begin
}
# The time between the ends of one iteration and the next, from the record.
ours() {
  (cd "$1" && "$belljar" loop --new >/dev/null 2>&1 || true
    "$belljar" export --format csv) | awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == "iteration") n = i; next}
    {line = $0; gsub(/"[^"]*"/, "", line); split(line, f, ","); if (f[n] > 0) print (f[12] - last) * 1000; last = f[12]}' > "$2"
}
shell_loop() {
  : > "$2"
  for _ in $(seq "$3"); do
    begun=$(date +%s%N)
    (cd "$1" && cp /proc/sys/kernel/random/uuid src/a && git add -A && git commit -qm try && { /bin/false || true; } &&
      git reset -q --hard HEAD~1 && git clean -fdq)
    echo $((($(date +%s%N) - begun) / 1000)) | awk '{print $1 / 1000}' >> "$2"
  done
}
echo "an iteration: one changed file, a scorer /bin/false; $(uname -sr), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"
for row in "100 100 60" "100000 1000 10" "100000 100000 10"; do
  set -- $row
  folder=$work/tree-$1-$2
  tree "$folder" "$1" "$2"
  ours "$folder" "$work/ours"
  shell_loop "$folder" "$work/shell" "$3"
  printf '%7d files, at most %6d a folder   belljar %s   git commit and reset %s\n' "$1" "$2" "$(spread "$work/ours")" "$(spread "$work/shell")"
  rm -rf "$folder"
done
