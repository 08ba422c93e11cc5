#ifndef MATMUL_H
#define MATMUL_H

/* c = a * b; all are n x n, row after row, and c overlaps neither a nor b. */
void matmul(int n, const double *restrict a, const double *restrict b, double *restrict c);

#endif
