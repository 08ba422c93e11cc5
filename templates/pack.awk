# Packs items into bins of 100: prints the bin of each item, in the items' order.
BEGIN {
  # How many of the newest bins are looked at for room.
  LOOK = 2  # belljar: knob LOOK 1..64 step *2
  bins = 1
  room[1] = 100
}

{
  place = 0
  for (bin = bins; bin > bins - LOOK && bin > 0; bin--)
    if (room[bin] >= $1) place = bin
  if (!place) {
    place = ++bins
    room[place] = 100
  }
  room[place] -= $1
  print place
}
