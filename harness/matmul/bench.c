/* The fixed side of the program: makes or reads two matrices, multiplies them, tells the result.

   bench N [TIMES]         multiply N x N matrices that are always the same, and print a checksum
   bench --files IN OUT    read "n", then the two matrices, as 32-bit integers from IN; write n * n doubles to OUT

   The numbers are small integers in doubles: every sum is exact, so that every order of the loops must give the same
   bits, and a wrong result can't hide behind rounding. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/matmul.h"

static double *matrix(int n) {
  double *m = malloc(sizeof(double) * (size_t)n * (size_t)n);
  if (!m) {
    perror("bench");
    exit(1);
  }
  return m;
}

static int fail(const char *what) {
  perror(what);
  return 1;
}

static int from_files(const char *in, const char *out) {
  FILE *file = fopen(in, "rb");
  int32_t n = 0, value = 0;
  if (!file || fread(&n, sizeof n, 1, file) != 1 || n < 1 || n > 2048) return fail(in);
  double *m[3] = {matrix(n), matrix(n), matrix(n)};
  for (int which = 0; which < 2; which++)
    for (int at = 0; at < n * n; at++) {
      if (fread(&value, sizeof value, 1, file) != 1) return fail(in);
      m[which][at] = value;
    }
  fclose(file);
  matmul(n, m[0], m[1], m[2]);
  file = fopen(out, "wb");
  size_t size = (size_t)n * (size_t)n;
  if (!file || fwrite(m[2], sizeof(double), size, file) != size || fclose(file) != 0) return fail(out);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "--files") == 0) return from_files(argv[2], argv[3]);
  int n = argc > 1 ? atoi(argv[1]) : 0;
  int times = argc > 2 ? atoi(argv[2]) : 1;
  if (n < 1 || n > 2048 || times < 1) {
    fprintf(stderr, "usage: bench N [TIMES] | bench --files IN OUT\n");
    return 2;
  }
  double *a = matrix(n), *b = matrix(n), *c = matrix(n);
  for (int at = 0; at < n * n; at++) {
    a[at] = (at * 7 + at / n) % 17 - 8;
    b[at] = (at * 5 + at / n * 3) % 13 - 6;
  }
  uint64_t sum = 0;
  for (int time = 0; time < times; time++) {
    matmul(n, a, b, c);
    for (int at = 0; at < n * n; at++) sum = (sum ^ (uint64_t)(int64_t)c[at]) * UINT64_C(0x100000001b3);
  }
  printf("%016" PRIx64 "\n", sum);
  return 0;
}
