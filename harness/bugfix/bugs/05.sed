# src/text.c: a text that just does not fit is taken as one that does
s/length >= size/length > size/
