#!/bin/sh
# Ours: judges what src/pack.awk wrote, when all of its processes are dead. Prints one answer, and nothing else to stdout.
bins=$BELLJAR_OUT/bins
# What a candidate left may be anything: a link, a pipe, a file without end.
if [ -L "$bins" ] || [ ! -f "$bins" ] || [ "$(wc -c < "$bins")" -gt 1000000 ]; then
  echo '{"reject": "$BELLJAR_OUT/bins: no regular file of a fitting size"}'
  exit 0
fi
exec awk -v items="$BELLJAR_IN/items" -v bins="$bins" '
  function reject(why) { printf "{\"reject\": \"%s\"}\n", why; exit }
  BEGIN {
    while ((getline size < items) > 0) {
      line++
      if ((getline bin < bins) <= 0) reject("bins:" line ": no bin for this item")
      if (bin !~ /^[0-9]+$/ || length(bin) > 9) reject("bins:" line ": no number of a bin")
      if (!(bin in content)) count++
      content[bin] += size
      if (content[bin] > 100) reject("bins:" line ": bin " bin " holds " content[bin] " of 100")
      sum += size
    }
    if ((getline bin < bins) > 0) reject("more bins than the " line " items")
    printf "{\"score\": %d, \"metrics\": {\"waste\": %d}, \"explanation\": \"%d items\"}\n", \
      count, 100 * count - sum, line
  }'
