# src/hex.c: both digits are read from the same place
s/text\[2 \* i + 1\]);/text[2 * i]);/
