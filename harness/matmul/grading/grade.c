/* Our side of the gate: makes two matrices that nobody has seen, and checks their product.

   grade make SEED FILE     writes "n", then two n x n matrices, as 32-bit integers
   grade check FILE OUT     computes the product in integers and compares it with the n * n doubles in OUT

   n is never a multiple of 8, so that every blocking meets an edge. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what) {
  perror(what);
  return 1;
}

/* SplitMix64. */
static uint64_t next(uint64_t *state) {
  uint64_t word = *state += UINT64_C(0x9e3779b97f4a7c15);
  word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
  return word ^ (word >> 31);
}

static int make(const char *seed, const char *path) {
  uint64_t state = strtoull(seed, NULL, 10);
  int32_t n = 129 + (int32_t)(next(&state) % 8) * 8 + (int32_t)(next(&state) % 7);
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(&n, sizeof n, 1, file) != 1) return fail(path);
  for (int32_t at = 0; at < 2 * n * n; at++) {
    int32_t value = (int32_t)(next(&state) % 2001) - 1000;
    if (fwrite(&value, sizeof value, 1, file) != 1) return fail(path);
  }
  return fclose(file) == 0 ? 0 : fail(path);
}

static int check(const char *path, const char *out) {
  FILE *file = fopen(path, "rb");
  int32_t n = 0;
  if (!file || fread(&n, sizeof n, 1, file) != 1 || n < 1 || n > 2048) return fail(path);
  size_t size = (size_t)n * (size_t)n;
  int32_t *a = malloc(2 * size * sizeof *a), *b = a + size;
  double *c = malloc(size * sizeof *c);
  if (!a || !c || fread(a, sizeof *a, 2 * size, file) != 2 * size) return fail(path);
  fclose(file);
  file = fopen(out, "rb");
  if (!file || fread(c, sizeof *c, size, file) != size || fgetc(file) != EOF) {
    printf("{\"reject\": \"the product is missing or has the wrong size\"}\n");
    return 0;
  }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      int64_t sum = 0;
      for (int k = 0; k < n; k++) sum += (int64_t)a[i * n + k] * b[k * n + j];
      /* Not unequal but not equal: this way round, NaN is wrong too. */
      if (!(c[i * n + j] == (double)sum)) {
        printf("{\"reject\": \"wrong at row %d, column %d of %d\"}\n", i, j, n);
        return 0;
      }
    }
  printf("{\"score\": 1, \"metrics\": {\"n\": %d}}\n", n);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "make") == 0) return make(argv[2], argv[3]);
  if (argc == 4 && strcmp(argv[1], "check") == 0) return check(argv[2], argv[3]);
  fprintf(stderr, "usage: grade make SEED FILE | grade check FILE OUT\n");
  return 2;
}
