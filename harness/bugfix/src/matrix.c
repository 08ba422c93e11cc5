#include "kit.h"

void transpose(const int *in, int rows, int columns, int *out) {
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) {
      out[j * rows + i] = in[i * columns + j];
    }
  }
}

long trace(const int *matrix, int size) {
  long sum = 0;
  for (int i = 0; i < size; i++) sum += matrix[i * size + i];
  return sum;
}
