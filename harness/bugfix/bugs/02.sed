# src/sort.c: the first number is never moved
s/j > 0/j > 1/
