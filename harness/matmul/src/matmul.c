#include "matmul.h"

#include <string.h>

/* c = a * b for n x n matrices in rows, in blocks so that what is used again is still in a cache. */

// The rows, and the columns, of a block.
// belljar: knob BLOCK 16..128 step *2
#define BLOCK 16

// How far down the sums a block goes.
// belljar: knob DEPTH 16..128 step *2
#define DEPTH 128

// The order of the three loops within a block, the outermost first.
#define ijk 1
#define jik 2
#define ikj 3
#define kij 4
// belljar: knob ORDER {ijk, jik, ikj, kij}
#define ORDER ijk

// How many steps of the innermost loop the compiler writes out.
// belljar: knob UNROLL 1..4 step *2
#define UNROLL 1

#define PRAGMA(text) _Pragma(#text)
#define UNROLLED(count) PRAGMA(GCC unroll count)

#if ORDER == ijk
#define LOOPS FOR_I FOR_J UNROLLED_BY FOR_K
#elif ORDER == jik
#define LOOPS FOR_J FOR_I UNROLLED_BY FOR_K
#elif ORDER == ikj
#define LOOPS FOR_I FOR_K UNROLLED_BY FOR_J
#else
#define LOOPS FOR_K FOR_I UNROLLED_BY FOR_J
#endif
#define UNROLLED_BY UNROLLED(UNROLL)
#define FOR_I for (int i = i0; i < i1; i++)
#define FOR_J for (int j = j0; j < j1; j++)
#define FOR_K for (int k = k0; k < k1; k++)

static int least(int a, int b) { return a < b ? a : b; }

void matmul(int n, const double *restrict a, const double *restrict b, double *restrict c) {
  memset(c, 0, sizeof(double) * (size_t)n * (size_t)n);
  for (int i0 = 0; i0 < n; i0 += BLOCK) {
    const int i1 = least(i0 + BLOCK, n);
    for (int k0 = 0; k0 < n; k0 += DEPTH) {
      const int k1 = least(k0 + DEPTH, n);
      for (int j0 = 0; j0 < n; j0 += BLOCK) {
        const int j1 = least(j0 + BLOCK, n);
        LOOPS c[i * n + j] += a[i * n + k] * b[k * n + j];
      }
    }
  }
}
