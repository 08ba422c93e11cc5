// Work whose time is known from within: work spin ROUNDS | work getppid CALLS. Prints nanoseconds.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc < 3) return 64;
  long count = atol(argv[2]);
  int64_t begun = now();
  if (strcmp(argv[1], "spin") == 0) {
    volatile uint64_t state = 88172645463325252u;
    for (long i = 0; i < count; i++) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
    }
  } else {
    for (long i = 0; i < count; i++) syscall(SYS_getppid);
  }
  printf("%lld\n", (long long)(now() - begun));
  return 0;
}
