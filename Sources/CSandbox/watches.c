// What a sandbox may have of inotify. The kernel counts its instances and watches for who made the user namespace as well
// (user_namespaces(7)): without a limit of its own one program inside takes all that root has, and nobody there can wait for a file.
#include "internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static struct share {
  const char *host, *own;  // what the machine allows a user; what a user namespace allows all of its own
  char text[24];           // a quarter of it; empty where the kernel has no such limit
} shares[] = {
    {"/proc/sys/fs/inotify/max_user_instances", "/proc/sys/user/max_inotify_instances", ""},
    {"/proc/sys/fs/inotify/max_user_watches", "/proc/sys/user/max_inotify_watches", ""},
};
static int is_known;

void learn_watches(void) {
  if (is_known) return;
  is_known = 1;
  for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
    char text[24] = {0};
    int fd = open(shares[i].host, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    long most = count > 0 ? strtol(text, NULL, 10) : 0;
    if (most > 0) snprintf(shares[i].text, sizeof shares[i].text, "%ld", most / 4 + 1);
  }
}

void limit_watches(void) {
  for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
    if (shares[i].text[0]) write_file(shares[i].own, shares[i].text);
  }
}
