// Network namespaces that sandboxes use one after another. Making one takes half of a launch, and its end as much again in the
// background.
//
// They belong to a user namespace that the launcher enters for them, one level above those of the sandboxes: nobody inside has
// a right over the namespace that he is in, so all that he could leave there are sockets, counters and IPv6 flow labels, which
// outlive their sockets. One goes back only if all are as they were when it was made; every other is closed.
#include "internal.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { POOL_MOST = 16, COUNTED_FILES = 8 };

// All that the kernel counts of a namespace (proc(5)). "unix" has no line of the launcher's own: its socket was made in another one.
static const char *const counted_names[COUNTED_FILES] = {"dev",   "sockstat", "sockstat6", "snmp",
                                                         "snmp6", "netstat",  "unix",      "ip6_flowlabel"};

struct network {
  int fd;
  // They stay open, as each belongs to the namespace in which it was opened: to be read after each use from anywhere, without the
  // long way through /proc. -1 for what this kernel doesn't have.
  int counted[COUNTED_FILES];
  uint64_t signature;
};

static struct network idle[POOL_MOST], used[POOL_MOST];
static int idle_count;
static int home = -1;  // the launcher's own; -1 where there is no pool

static int copy_map(const char *path, char *map, size_t size) {
  FILE *file = fopen(path, "re");
  if (!file) return -1;
  size_t length = 0;
  unsigned long long first, outside, count;
  while (fscanf(file, "%llu %llu %llu", &first, &outside, &count) == 3 && length + 64 < size)
    length += (size_t)snprintf(map + length, size - length, "%llu %llu %llu\n", first, first, count);
  fclose(file);
  return length ? 0 : -1;
}

// Root's whole map needs a writer in the namespace above: a child that stays there.
static int map_from_above(const char *users, const char *groups) {
  int ready[2], status = -1;
  if (pipe2(ready, O_CLOEXEC) < 0) return -1;
  pid_t parent = getpid(), child = fork();
  if (child == 0) {
    char byte, path[64];
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1) _exit(1);
    snprintf(path, sizeof path, "/proc/%d/uid_map", parent);
    if (write_file(path, users) < 0) _exit(1);
    snprintf(path, sizeof path, "/proc/%d/gid_map", parent);
    _exit(write_file(path, groups) < 0);
  }
  close(ready[0]);
  int entered = child < 0 ? -1 : unshare(CLONE_NEWUSER);
  if (entered == 0 && write(ready[1], "", 1) != 1) entered = -1;
  close(ready[1]);
  if (child > 0) while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return entered < 0 || status != 0 ? -1 : 0;
}

int pool_open(void) {
  char users[4096], groups[4096];
  if (geteuid() == 0) {
    if (copy_map("/proc/self/uid_map", users, sizeof users) < 0 ||
        copy_map("/proc/self/gid_map", groups, sizeof groups) < 0 || map_from_above(users, groups) < 0)
      return -1;
  } else {
    snprintf(users, sizeof users, "%u %u 1", geteuid(), geteuid());
    snprintf(groups, sizeof groups, "%u %u 1", getegid(), getegid());
    if (unshare(CLONE_NEWUSER) < 0 || write_file("/proc/self/setgroups", "deny") < 0 ||
        write_file("/proc/self/uid_map", users) < 0 || write_file("/proc/self/gid_map", groups) < 0)
      return -1;
  }
  // This one belongs to the user namespace above, and can't be entered again.
  if (unshare(CLONE_NEWNET) < 0) return -1;
  home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  return home < 0 ? -1 : 0;
}

// sockstat has numbers of the whole machine among those of the namespace: they are passed over.
static size_t without_global_counts(char *bytes, size_t size) {
  static const char *const names[] = {" orphan ", " alloc ", " mem ", " memory "};
  bytes[size] = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    for (char *at = bytes; (at = strstr(at, names[i])) != NULL;) {
      at += strlen(names[i]);
      while (*at >= '0' && *at <= '9') *at++ = '-';
      // Their length varies too.
      if (*at) *at = ' ';
    }
  }
  size_t kept = 0;
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] != '-') bytes[kept++] = bytes[i];
  }
  return kept;
}

// Of the namespace that this process is in. 0, or -1 where something that is counted can't be read.
static int open_counted(struct network *network) {
  char path[64] = "/proc/self/net/";
  int result = 0;
  for (int i = 0; i < COUNTED_FILES; i++) {
    strcpy(path + 15, counted_names[i]);
    network->counted[i] = open(path, O_RDONLY | O_CLOEXEC);
    if (network->counted[i] < 0 && errno != ENOENT) result = -1;
  }
  return result;
}

// What is counted, as one number (FNV-1a); 0 where it can't be told.
static uint64_t signature(const struct network *network) {
  uint64_t hash = 0xcbf29ce484222325u;
  char bytes[4096];
  for (int i = 0; i < COUNTED_FILES; i++) {
    off_t at = 0;
    while (network->counted[i] >= 0) {
      ssize_t got = pread(network->counted[i], bytes, sizeof bytes - 1, at);
      if (got < 0) return 0;
      if (got == 0) break;
      at += got;
      if (strncmp(counted_names[i], "sockstat", 8) == 0) got = (ssize_t)without_global_counts(bytes, (size_t)got);
      for (ssize_t each = 0; each < got; each++) hash = (hash ^ (unsigned char)bytes[each]) * 0x100000001b3u;
    }
  }
  return hash;
}

static void close_network(const struct network *network) {
  for (int i = 0; i < COUNTED_FILES; i++) {
    if (network->counted[i] >= 0) close(network->counted[i]);
  }
  close(network->fd);
}

int pool_take(void) {
  if (home < 0) return -1;
  struct network network = {.fd = -1};
  int is_new = idle_count == 0;
  if (!is_new) {
    network = idle[--idle_count];
    if (setns(network.fd, CLONE_NEWNET) < 0) {
      close_network(&network);
      return -1;
    }
  } else {
    if (unshare(CLONE_NEWNET) < 0) return -1;
    network.fd = raise_loopback() < 0 ? -1 : open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (network.fd < 0) {
      pool_leave();
      return -1;
    }
  }
  for (int i = 0; i < POOL_MOST; i++) {
    if (used[i].fd) continue;
    if (is_new) network.signature = open_counted(&network) < 0 ? 0 : signature(&network);
    used[i] = network;
    return network.fd;
  }
  // More at one time than the pool keeps: this one is closed after its use.
  return network.fd;
}

// Where there is no way back the launcher stays where it is, and what it opens there is counted.
void pool_leave(void) { (void)!setns(home, CLONE_NEWNET); }

void pool_give(int fd) {
  for (int i = 0; i < POOL_MOST && fd > 0; i++) {
    if (used[i].fd != fd) continue;
    struct network network = used[i];
    used[i].fd = 0;
    if (idle_count < POOL_MOST && network.signature && signature(&network) == network.signature) idle[idle_count++] = network;
    else close_network(&network);
    return;
  }
  if (fd > 0) close(fd);
}
