# Packs items into bins of 100: prints the bin of each item, in the items' order.
BEGIN {
  # How often each search for room is made. Once would do.
  SWEEPS = 4  # belljar: knob SWEEPS 1..8 step *2
  bins = 1
  room[1] = 100
}

{
  place = 0
  for (sweep = 0; sweep < SWEEPS; sweep++)
    for (bin = bins; bin > bins - 16 && bin > 0; bin--)
      if (room[bin] >= $1) place = bin
  if (!place) {
    place = ++bins
    room[place] = 100
  }
  room[place] -= $1
  print place
}
