#include "kit.h"

void insertion_sort(int *numbers, size_t count) {
  for (size_t i = 1; i < count; i++) {
    int moving = numbers[i];
    size_t j = i;
    while (j > 0 && numbers[j - 1] > moving) {
      numbers[j] = numbers[j - 1];
      j--;
    }
    numbers[j] = moving;
  }
}

bool is_sorted(const int *numbers, size_t count) {
  for (size_t i = 1; i < count; i++) {
    if (numbers[i - 1] > numbers[i]) return false;
  }
  return true;
}
