#include "kit.h"

bool ring_push(struct ring *ring, int item) {
  if (ring->count >= ring_size) return false;
  size_t tail = (ring->head + ring->count) % ring_size;
  ring->items[tail] = item;
  ring->count++;
  return true;
}

bool ring_pop(struct ring *ring, int *item) {
  if (ring->count == 0) return false;
  *item = ring->items[ring->head];
  ring->head = (ring->head + 1) % ring_size;
  ring->count--;
  return true;
}
