#!/bin/sh
# Ours: writes what src/pack.awk reads. Everything is drawn from the seed: the same seed, the same items.
#
# make.sh COUNT
exec awk -v count="$1" '
  # Lehmer: whole numbers that fit into a double, so that every awk draws the same.
  function draw(n) { state = state * 16807 % 2147483647; return state % n }
  BEGIN {
    seed = ENVIRON["BELLJAR_SEED"]
    state = substr(seed, length(seed) - 8) % 2147483646 + 1
    for (item = 0; item < count; item++) print 5 + draw(66)
  }' > "$BELLJAR_IN/items"
