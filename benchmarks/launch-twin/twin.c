// The plain C twin of a launch: the same plan, the same system calls, no Swift. For each byte on stdin it launches once,
// waits until everything is dead, and prints the nanoseconds that it took.
//
// usage: twin PLAN [CGROUP-TASKS...]       PLAN is written by launch-benchmark
#include "CSandbox.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct stat about;
  int file = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0 || fstat(file, &about) < 0) return 64;
  const struct belljar_plan *plan = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  if (plan == MAP_FAILED) return 1;
  char byte;
  while (read(0, &byte, 1) == 1) {
    int64_t begun, ended;
    belljar_clock_ns(&begun);
    int pair[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return 1;
    int descriptors[BELLJAR_MAX_DESCRIPTORS] = {pair[1], null, null, null}, count = 4;
    for (int i = 2; i < argc; i++) descriptors[count++] = open(argv[i], O_WRONLY | O_CLOEXEC);
    struct belljar_child child;
    if (belljar_launch(plan, descriptors, count, &child) < 0) return 2;
    struct belljar_message message;
    int attached, exited = 0;
    while (!exited) {
      if (belljar_receive(pair[0], &message, &attached) <= 0 || message.kind == BELLJAR_FAILED) return 3;
      if (attached >= 0) close(attached);
      exited = message.kind == BELLJAR_EXITED;
    }
    belljar_reap(&child, pair[1]);
    for (int i = 0; i < count; i++) close(descriptors[i]);
    close(pair[0]);
    belljar_clock_ns(&ended);
    printf("%lld\n", (long long)(ended - begun));
    fflush(stdout);
  }
  return 0;
}
