/* Three programs whose length is an argument: `work cpu N`, `work alloc N`, `work file N PATH`. What they do grows linearly with
   N, so that a slowdown of so many percent can be injected exactly. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t state = 1;

static uint64_t draw(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static uint64_t cpu(long count) {
  uint64_t sum = 0;
  for (long i = 0; i < count; i++) sum += draw() % 1000;
  return sum;
}

static uint64_t alloc(long count) {
  enum { live = 256 };
  char *held[live] = {0};
  uint64_t sum = 0;
  for (long i = 0; i < count; i++) {
    size_t size = 16 + draw() % 4096, place = draw() % live;
    free(held[place]);
    held[place] = malloc(size);
    if (!held[place]) return 0;
    memset(held[place], (int)i, size);
    sum += (unsigned char)held[place][size / 2];
  }
  return sum;
}

static uint64_t file(long count, const char *path) {
  static unsigned char buffer[65536];
  uint64_t sum = 0;
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  for (long i = 0; i < count; i++) {
    ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < (ssize_t)sizeof buffer) lseek(fd, 0, SEEK_SET);
    for (ssize_t at = 0; at < got; at += 64) sum += buffer[at];
  }
  return sum;
}

int main(int count, char **words) {
  if (count < 3) return 64;
  long length = atol(words[2]);
  uint64_t sum = 0;
  if (!strcmp(words[1], "cpu")) sum = cpu(length);
  else if (!strcmp(words[1], "alloc")) sum = alloc(length);
  else if (!strcmp(words[1], "file") && count > 3) sum = file(length, words[3]);
  else return 64;
  printf("%llu\n", (unsigned long long)sum);
  return 0;
}
