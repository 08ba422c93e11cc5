// Landlock as a second wall (landlock(7)): what the mounts say of each place, said once more by another part of the kernel.
//
// Applied to the program alone, and not to the init: all may be read and executed, written only what is writable, and nobody
// outside of the domain (which is pid 1) can be sent a signal.
#include "internal.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

// Debian 12's headers stop at version 2 of the interface.
struct ruleset {
  uint64_t files, network, scopes;
};

struct beneath {
  uint64_t allowed;
  int32_t folder;
} __attribute__((packed));

enum {
  READ = 1 << 0 | 1 << 2 | 1 << 3,              // execute, read files, read folders
  WRITE_FILE = 1 << 1,
  REFER = 1 << 13, TRUNCATE = 1 << 14, IOCTL_DEVICE = 1 << 15,
  FIRST = (1 << 13) - 1,                        // all of version 1
  OF_FILES = 1 << 0 | 1 << 1 | 1 << 2 | TRUNCATE | IOCTL_DEVICE,
  SCOPES = 3,                                   // abstract sockets, signals
};

static int allow(int ruleset, int place, uint64_t rights) {
  struct stat about;
  if (fstat(place, &about) < 0) return -1;
  struct beneath rule = {.allowed = S_ISDIR(about.st_mode) ? rights : rights & OF_FILES, .folder = place};
  return rule.allowed ? (int)syscall(SYS_landlock_add_rule, ruleset, 1 /* PATH_BENEATH */, &rule, 0) : 0;
}

static int allow_path(int ruleset, const char *path, uint64_t rights, int is_optional) {
  int place = open(path, O_PATH | O_CLOEXEC);
  if (place < 0) return is_optional && errno == ENOENT ? 0 : -1;
  int result = allow(ruleset, place, rights), saved = errno;
  close(place);
  errno = saved;
  return result;
}

int raise_landlock(const struct launch *launch) {
  const struct belljar_plan *plan = launch->plan;
  int version = belljar_landlock_version();
  if (version < 1) return -1;
  uint64_t handled = FIRST;
  if (version >= 2) handled |= REFER;
  if (version >= 3) handled |= TRUNCATE;
  if (version >= 5) handled |= IOCTL_DEVICE;
  struct ruleset rules = {.files = handled, .scopes = version >= 6 ? SCOPES : 0};
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, version >= 6 ? 24 : version >= 4 ? 16 : 8, 0);
  if (ruleset < 0) return -1;
  const struct belljar_operation *operations = (const void *)(launch->base + plan->operations);
  int result = allow_path(ruleset, "/", READ & handled, 0);
  for (uint32_t i = 0; result == 0 && i < plan->operation_count; i++) {
    const struct belljar_operation *operation = &operations[i];
    const char *path = text(launch, operation->a);
    int is_optional = (operation->flags & BELLJAR_BIND_OPTIONAL) != 0;
    switch (operation->kind) {
      case BELLJAR_BIND:
        if (operation->flags & BELLJAR_BIND_WRITABLE) result = allow_path(ruleset, path, handled, is_optional);
        break;
      case BELLJAR_PROC: result = allow_path(ruleset, path, (READ | WRITE_FILE | TRUNCATE) & handled, 0); break;
      case BELLJAR_SCRATCH_AT:
      case BELLJAR_OVERLAY: result = allow_path(ruleset, path, handled, 0); break;
    }
  }
  // A file system of their own, which no path leads to: without a rule for its root no queue could be opened.
  if (result == 0 && launch->queues >= 0) result = allow(ruleset, launch->queues, handled);
  // Folders that were passed in lie outside of this root.
  for (uint32_t i = 0; result == 0 && i < plan->passed_count; i++) {
    struct stat about;
    if (fstat(launch->passed[i], &about) == 0 && S_ISDIR(about.st_mode)) result = allow(ruleset, launch->passed[i], handled);
  }
  if (result == 0) result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
  int saved = errno;
  close(ruleset);
  errno = saved;
  return result;
}
