# src/matrix.c: the transposed matrix has the rows of the other
s/out\[j \* rows + i\]/out[j * columns + i]/
