# src/ring.c: the newest item is put over the oldest
s/ring->head + ring->count/ring->head - ring->count/
