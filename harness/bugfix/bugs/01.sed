# src/search.c: the search ends one short of the last number
s/size_t high = count;/size_t high = count - 1;/
