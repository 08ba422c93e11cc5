#include "kit.h"

size_t lower_bound(const int *numbers, size_t count, int wanted) {
  size_t low = 0;
  size_t high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (numbers[middle] < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool contains(const int *numbers, size_t count, int wanted) {
  size_t place = lower_bound(numbers, count, wanted);
  return place < count && numbers[place] == wanted;
}
