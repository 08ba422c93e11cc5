// The sandbox's root: a fresh tmpfs, filled by the plan's operations, pivoted into. Runs in the child of clone3.
//
// Sources are opened first, under the identity of the caller, so that a checkout below a folder of mode 0700 can be
// shown; targets are made after the identity has changed, else every mkdir in the new tmpfs would be EOVERFLOW.
// Targets are resolved beneath the new root (openat2, RESOLVE_IN_ROOT): a hostile link in a shown tree leads nowhere.
#include "internal.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

// <sys/mount.h> clashes with <linux/mount.h> in glibc 2.36; these two are all that is needed of it.
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);
#define MOUNT_PRIVATE (1 << 18)
#define MOUNT_RECURSIVE 16384
#define UNMOUNT_DETACH 2

static int open_tree_clone(const char *path) {
  return (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

static int set_attributes(int fd, uint64_t set) {
  struct mount_attr attributes = {.attr_set = set};
  return (int)syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes);
}

// Onto a name in an open folder; a link there is not followed (MOVE_MOUNT_T_SYMLINKS is not set).
static int move_onto(int fd, int parent, const char *name) {
  return (int)syscall(SYS_move_mount, fd, "", parent, name, MOVE_MOUNT_F_EMPTY_PATH);
}

static int open_in_root(int root, const char *path, int flags) {
  while (*path == '/') path++;
  if (*path == 0) path = ".";
  struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

// The folder that the last operation worked in: operations come folder by folder, and each open costs.
struct parent {
  int fd;
  const char *path;
  size_t length;
};

// Opens the folder that holds `path` (root itself for a name at the top) and points *name at the last part.
static int open_parent(int root, const char *path, const char **name, struct parent *last) {
  const char *slash = strrchr(path, '/');
  *name = slash + 1;
  if (slash == path) return root;
  char parent[4096];
  size_t length = (size_t)(slash - path);
  if (last->fd >= 0 && last->length == length && memcmp(last->path, path, length) == 0) return last->fd;
  if (length >= sizeof parent) { errno = ENAMETOOLONG; return -1; }
  memcpy(parent, path, length);
  parent[length] = 0;
  if (last->fd >= 0) close(last->fd);
  *last = (struct parent){.fd = open_in_root(root, parent, O_PATH | O_DIRECTORY), .path = path, .length = length};
  return last->fd;
}

// A mount at `path` hides the folder that was there, and with it what has been opened below.
static void covered(struct parent *last, const char *path) {
  if (last->fd < 0 || strncmp(last->path, path, strlen(path)) != 0) return;
  close(last->fd);
  last->fd = -1;
}

static int new_mount(const char *type, const char *const options[][2], unsigned attributes) {
  int context = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
  if (context < 0) return -1;
  for (int i = 0; options[i][0]; i++) {
    if (syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, options[i][0], options[i][1], 0) < 0) return -1;
  }
  if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) return -1;
  int fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
  close(context);
  return fd;
}

// The message queues of this namespace, for a rule of Landlock's. They are mounted onto the old root, where nobody sees them, and go
// with it: closing what is mounted nowhere takes a grace period of its own (synchronize_rcu_expedited), which came in the program's
// first moments. A kernel without them has nothing to allow. 0, or -1.
static int lay_queues(struct making *making) {
  static const char *const none[][2] = {{NULL, NULL}};
  making->queues = new_mount("mqueue", none, 0);
  if (making->queues < 0) return errno == ENODEV ? 0 : -1;
  return (int)syscall(SYS_move_mount, making->queues, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
}

static char *write_decimal(uint64_t value, char *end) {
  *--end = 0;
  do { *--end = (char)('0' + value % 10); value /= 10; } while (value);
  return end;
}

static int new_tmpfs(uint64_t bytes, uint64_t inodes) {
  char size[24], count[24];
  const char *const options[][2] = {{"size", write_decimal(bytes, size + sizeof size)},
                                    {"nr_inodes", write_decimal(inodes, count + sizeof count)},
                                    {"mode", "755"}, {NULL, NULL}};
  return new_mount("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static void proc_fd_path(char *path, int fd) {
  char digits[24];
  strcpy(path, "/proc/self/fd/");
  strcat(path, write_decimal((uint64_t)fd, digits + sizeof digits));
}

// What the operations show, opened: in `binds` by their index.
struct sources {
  int binds[BELLJAR_MAX_OPERATIONS];
  int layers[BELLJAR_MAX_OVERLAYS][BELLJAR_MAX_LAYERS];
};

static int open_layers(const struct launch *launch, const struct belljar_operation *operation, int *fds) {
  if (operation->length < 3 || operation->length > BELLJAR_MAX_LAYERS) { errno = E2BIG; return -1; }
  const char *path = text(launch, operation->b);
  for (uint64_t i = 0; i < operation->length; i++) {
    fds[i] = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fds[i] < 0) return -1;
    path += strlen(path) + 1;
  }
  return 0;
}

// Layers are named by descriptor, so that a path's colons, commas and length don't matter (overlayfs mount options).
static int mount_overlay(const struct belljar_operation *operation, const int *fds, int target) {
  char options[4096] = "userxattr,", path[48];
  // At its end any other overlay writes all to the disk that waits on the upper layer's file system, whoever wrote it. A volatile one
  // leaves a mark against being mounted again, for those who would trust it after a crash.
  if (unlinkat(fds[1], "work/incompat/volatile/dirty", 0) == 0) unlinkat(fds[1], "work/incompat/volatile", AT_REMOVEDIR);
  if (operation->flags & BELLJAR_OVERLAY_VOLATILE) strcat(options, "volatile,");
  strcat(options, "lowerdir=");
  for (uint64_t i = 2; i < operation->length; i++) {
    proc_fd_path(path, fds[i]);
    if (i > 2) strcat(options, ":");
    strcat(options, path);
  }
  strcat(options, ",upperdir=");
  proc_fd_path(path, fds[0]);
  strcat(options, path);
  strcat(options, ",workdir=");
  proc_fd_path(path, fds[1]);
  strcat(options, path);
  proc_fd_path(path, target);
  // Busy where the kernel keeps an index, and another launcher is still taking down the mounts of a sandbox that has ended.
  const struct timespec moment = {.tv_nsec = 200000};
  int result, tries = 0;
  while ((result = mount("overlay", path, "overlay", 2 | 4 /* MS_NOSUID, MS_NODEV */, options)) < 0 && errno == EBUSY &&
         ++tries < 100)
    nanosleep(&moment, NULL);
  for (uint64_t i = 0; i < operation->length; i++) close(fds[i]);
  return result;
}

static int new_proc(int pids_only) {
  const char *const pids[][2] = {{"hidepid", "invisible"}, {"subset", "pid"}, {NULL, NULL}};
  const char *const full[][2] = {{"hidepid", "invisible"}, {NULL, NULL}};
  return new_mount("proc", pids_only ? pids : full, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

// A folder of the scratch tmpfs as a mount of its own. Before Linux 6.15 only what is attached somewhere can be cloned, so the
// tmpfs itself goes to the first folder's place, where that folder then covers it for good.
static int new_scratch_folder(struct making *making, const char *folder, mode_t mode, int parent, const char *name) {
  if (mkdirat(making->scratch, folder, mode) < 0) return -1;
  if (!making->scratch_is_attached) {
    if (move_onto(making->scratch, parent, name) < 0) return -1;
    making->scratch_is_attached = 1;
  }
  return (int)syscall(SYS_open_tree, making->scratch, folder, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

// Where something is to be mounted: made unless it is there; what a hostile tree has there is taken as it is.
static int make_target(const struct belljar_operation *operation, int parent, const char *name) {
  if (operation->flags & BELLJAR_BIND_EXISTS) return 0;
  int made = operation->kind == BELLJAR_BIND && (operation->flags & BELLJAR_BIND_FILE)
                 ? mknodat(parent, name, S_IFREG | 0644, 0)
                 : mkdirat(parent, name, 0755);
  return made < 0 && errno != EEXIST ? -1 : 0;
}

static int write_new_file(const struct launch *launch, const struct belljar_operation *operation, int parent,
                          const char *name) {
  if (operation->length == 0) return mknodat(parent, name, S_IFREG | operation->mode, 0);
  int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, operation->mode);
  if (fd < 0) return -1;
  ssize_t written = write(fd, text(launch, operation->b), operation->length);
  int saved = errno;
  close(fd);
  errno = saved;
  return written == (ssize_t)operation->length ? 0 : -1;
}

// A read-only file of ours over one of /proc's. It lies in the scratch tmpfs, above the folders that are shown of it, where
// no name leads to it.
static int new_cover(const struct launch *launch, const struct belljar_operation *operation, struct making *making,
                     const char *name) {
  if (write_new_file(launch, operation, making->scratch, name) < 0) return -1;
  int fd = (int)syscall(SYS_open_tree, making->scratch, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (fd >= 0 &&
      set_attributes(fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC) < 0)
    return -1;
  return fd;
}

// Makes one thing of the root. Returns 0, or the stage that failed. The umask is 0: modes are as written.
static int apply(const struct launch *launch, const struct belljar_operation *operation, struct making *making,
                 struct parent *last, int source, int *layers) {
  const char *name;
  if (operation->kind == BELLJAR_SCRATCH) {
    making->scratch = new_tmpfs(operation->length, operation->extra);
    return making->scratch < 0 ? BELLJAR_STAGE_MOUNT : 0;
  }
  if (operation->kind == BELLJAR_BIND && source < 0) return 0;  // optional, and not there
  int parent = open_parent(making->root, text(launch, operation->a), &name, last), fd = source;
  if (parent < 0) return BELLJAR_STAGE_TARGET;
  switch (operation->kind) {
    case BELLJAR_DIRECTORY:
      return mkdirat(parent, name, operation->mode) < 0 && errno != EEXIST ? BELLJAR_STAGE_TARGET : 0;
    case BELLJAR_SYMLINK:
      return symlinkat(text(launch, operation->b), parent, name) < 0 ? BELLJAR_STAGE_TARGET : 0;
    case BELLJAR_FILE:
      return write_new_file(launch, operation, parent, name) < 0 ? BELLJAR_STAGE_TARGET : 0;
    case BELLJAR_COVER: {
      fd = new_cover(launch, operation, making, name);
      if (fd < 0) return BELLJAR_STAGE_TARGET;
      int covering = move_onto(fd, parent, name), saved = errno;
      close(fd);
      errno = saved;
      return covering < 0 ? BELLJAR_STAGE_MOUNT : 0;
    }
    case BELLJAR_BIND:
    case BELLJAR_PROC:
    case BELLJAR_SCRATCH_AT:
    case BELLJAR_OVERLAY:
      break;
    default:
      errno = EINVAL;
      return BELLJAR_STAGE_PLAN;
  }
  if (make_target(operation, parent, name) < 0) return BELLJAR_STAGE_TARGET;
  if (operation->kind == BELLJAR_OVERLAY) {
    // O_NOFOLLOW: what a hostile tree has at the mount point may be a link.
    int target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0) return BELLJAR_STAGE_TARGET;
    int result = mount_overlay(operation, layers, target), saved = errno;
    close(target);
    covered(last, text(launch, operation->a));
    errno = saved;
    return result < 0 ? BELLJAR_STAGE_OVERLAY : 0;
  }
  if (operation->kind == BELLJAR_PROC) {
    fd = new_proc((operation->flags & BELLJAR_PROC_PIDS_ONLY) != 0);
    if (fd < 0) return BELLJAR_STAGE_PROC;
  } else if (operation->kind == BELLJAR_SCRATCH_AT) {
    fd = new_scratch_folder(making, text(launch, operation->b), operation->mode, parent, name);
    if (fd < 0) return BELLJAR_STAGE_MOUNT;
  }
  int result = move_onto(fd, parent, name), saved = errno;
  close(fd);
  covered(last, text(launch, operation->a));
  errno = saved;
  return result < 0 ? BELLJAR_STAGE_MOUNT : 0;
}

// Opens what the operations from `first` until before `end` show.
static int open_sources(const struct launch *launch, uint32_t first, uint32_t end, struct sources *sources,
                        struct failure *failure) {
  const struct belljar_operation *operations = (const void *)(launch->base + launch->plan->operations);
  int overlays = 0;
  for (uint32_t i = first; i < end; i++) {
    const struct belljar_operation *operation = &operations[i];
    sources->binds[i] = -1;
    if (operation->kind == BELLJAR_OVERLAY) {
      if (overlays == BELLJAR_MAX_OVERLAYS) { errno = E2BIG; return fail(failure, BELLJAR_STAGE_OVERLAY, (int)i); }
      if (open_layers(launch, operation, sources->layers[overlays++]) < 0)
        return fail(failure, BELLJAR_STAGE_SOURCE, (int)i);
    }
    if (operation->kind != BELLJAR_BIND) continue;
    int source = open_tree_clone(text(launch, operation->b));
    sources->binds[i] = source;
    if (source < 0) {
      if (errno == ENOENT && (operation->flags & BELLJAR_BIND_OPTIONAL)) continue;
      return fail(failure, BELLJAR_STAGE_SOURCE, (int)i);
    }
    uint64_t set = MOUNT_ATTR_NOSUID;
    if (!(operation->flags & BELLJAR_BIND_WRITABLE)) set |= MOUNT_ATTR_RDONLY;
    if (operation->flags & BELLJAR_BIND_DEVICE) set |= MOUNT_ATTR_NOEXEC;
    else set |= MOUNT_ATTR_NODEV;
    if (set_attributes(source, set) < 0) return fail(failure, BELLJAR_STAGE_SOURCE, (int)i);
  }
  return 0;
}

// Does the operations from `first` until before `end`.
static int lay(const struct launch *launch, uint32_t first, uint32_t end, struct sources *sources, struct making *making,
               struct failure *failure) {
  const struct belljar_operation *operations = (const void *)(launch->base + launch->plan->operations);
  struct parent last = {.fd = -1};
  int laid = 0;
  for (uint32_t i = first; i < end; i++) {
    // In the order in which they were opened.
    int *layers = operations[i].kind == BELLJAR_OVERLAY ? sources->layers[laid++] : NULL;
    int stage = apply(launch, &operations[i], making, &last, sources->binds[i], layers);
    if (stage) return fail(failure, stage, (int)i);
  }
  if (last.fd >= 0) close(last.fd);
  return 0;
}

static int make_private(struct failure *failure) {
  return mount(NULL, "/", NULL, MOUNT_PRIVATE | MOUNT_RECURSIVE, NULL) < 0 ? fail(failure, BELLJAR_STAGE_PRIVATE, -1) : 0;
}

// An empty root over the one that is there.
static int lay_ground(const struct belljar_plan *plan, struct making *making, struct failure *failure) {
  *making = (struct making){.scratch = -1, .queues = -1};
  if ((plan->flags & BELLJAR_PLAN_LANDLOCK) && lay_queues(making) < 0) return fail(failure, BELLJAR_STAGE_LANDLOCK, -1);
  making->root = new_tmpfs(16 << 20, 4096);
  if (making->root < 0 || syscall(SYS_move_mount, making->root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return fail(failure, BELLJAR_STAGE_ROOT, -1);
  return 0;
}

// What `begin_root` asks for, and what becomes of it.
struct beginning {
  const struct belljar_plan *like;
  struct making *making;
  volatile int is_done;
};

static void __attribute__((noreturn)) lay_leading(struct beginning *beginning) {
  struct launch launch = {.plan = beginning->like, .base = (const char *)beginning->like, .go = -1};
  uint32_t count = beginning->like->leading_count;
  struct sources sources;
  struct failure failure;
  if (make_private(&failure) == 0 && open_sources(&launch, 0, count, &sources, &failure) == 0 &&
      take_identity(&launch, &failure) == 0) {
    umask(0);
    beginning->is_done = lay_ground(beginning->like, beginning->making, &failure) == 0 &&
                         lay(&launch, 0, count, &sources, beginning->making, &failure) == 0;
  }
  _exit(0);
}

// clone3 of a child that shares the memory and runs on a stack of its own. glibc's clone has no numbers to choose. A copy of the memory
// took about a fifth of the time in which a root is begun (0.48 ms with it, 0.40 without). As fork(2).
static pid_t clone_beside(struct clone_args *request, struct beginning *beginning) {
#if defined(__x86_64__)
  long result = SYS_clone3;
  __asm__ volatile(
      "syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tmov %[beginning], %%rdi\n\tcall *%[run]\n1:"
      : "+a"(result)
      : "D"(request), "S"(sizeof *request), [beginning] "r"(beginning), [run] "r"(lay_leading)
      : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long number __asm__("x8") = SYS_clone3;
  register long result __asm__("x0") = (long)request;
  register long size __asm__("x1") = sizeof *request;
  __asm__ volatile("svc 0\n\tcbnz x0, 1f\n\tmov x0, %[beginning]\n\tblr %[run]\n1:"
                   : "+r"(result)
                   : "r"(number), "r"(size), [beginning] "r"(beginning), [run] "r"(lay_leading)
                   : "memory");
#else
#error "clone3 is to be called here as this processor does it"
#endif
  if (result >= 0) return (pid_t)result;
  errno = (int)-result;
  return -1;
}

static char beginning_stack[1 << 18] __attribute__((aligned(64)));

// Begins a root with a plan's leading operations, for the pid 1 of a sandbox that was made ahead. What the rest of the plan shows must
// be opened under the identity of the caller, and there is no way back to it: so another process does this, which shares memory and
// descriptors and is gone when this returns. 0, or -1: then this process can't be used any more.
int begin_root(const struct belljar_plan *like, struct making *making) {
  struct beginning beginning = {.like = like, .making = making};
  // A number far from the next one: the program gets 2, as in a sandbox that was not made ahead.
  pid_t number = 300;
  struct clone_args request = {.flags = CLONE_VM | CLONE_VFORK | CLONE_FILES, .exit_signal = SIGCHLD,
                               .stack = (uint64_t)(uintptr_t)beginning_stack, .stack_size = sizeof beginning_stack,
                               .set_tid = (uint64_t)(uintptr_t)&number, .set_tid_size = 1};
  pid_t child = clone_beside(&request, &beginning);
  while (child > 0 && waitpid(child, NULL, __WALL) < 0 && errno == EINTR) {}
  return child > 0 && beginning.is_done ? 0 : -1;
}

int make_root(struct launch *launch, int (*between)(const struct launch *, struct failure *), struct failure *failure) {
  uint32_t first = launch->begun ? launch->plan->leading_count : 0, end = launch->plan->operation_count;
  struct sources sources;
  struct making making;
  if (!launch->begun && make_private(failure) < 0) return -1;
  if (open_sources(launch, first, end, &sources, failure) < 0 || between(launch, failure) < 0) return -1;
  umask(0);
  if (launch->begun) making = *launch->begun;
  else if (lay_ground(launch->plan, &making, failure) < 0) return -1;
  if (lay(launch, first, end, &sources, &making, failure) < 0) return -1;
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  if (syscall(SYS_mount_setattr, making.root, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0 ||
      fchdir(making.root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", UNMOUNT_DETACH) < 0 ||
      chdir("/") < 0)
    return fail(failure, BELLJAR_STAGE_PIVOT, -1);
  launch->queues = making.queues;
  return 0;
}
