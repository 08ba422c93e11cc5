#!/bin/sh
# Asks for one number after the other, until it is told to stop.

# The part of the range that a question cuts off.
# belljar: knob PART 2..32 step *2
PART=32

while read -r word low high && [ "$word" = between ]; do
  while :; do
    guess=$((low + (high - low) / PART))
    echo "$guess"
    read -r answer || exit 1
    case $answer in
    right) break ;;
    higher) low=$((guess + 1)) ;;
    lower) high=$((guess - 1)) ;;
    *) exit 1 ;;
    esac
  done
done
