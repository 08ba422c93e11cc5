// clone3 and what its parent does: arrays from the plan's offsets, the id maps, the go, the reaping.
#include "internal.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

_Static_assert(sizeof(struct belljar_operation) == 40, "written by Swift, field by field");
_Static_assert(sizeof(struct belljar_plan) == 128, "written by Swift, field by field");
_Static_assert(sizeof(struct belljar_message) == 48, "read by Swift");

static const char *const stage_names[] = {
    [BELLJAR_STAGE_PLAN] = "plan", [BELLJAR_STAGE_CLONE] = "clone3", [BELLJAR_STAGE_IDMAP] = "uid_map",
    [BELLJAR_STAGE_CGROUP] = "cgroup", [BELLJAR_STAGE_PRIVATE] = "mount private", [BELLJAR_STAGE_SOURCE] = "source",
    [BELLJAR_STAGE_IDENTITY] = "identity", [BELLJAR_STAGE_ROOT] = "root", [BELLJAR_STAGE_TARGET] = "target",
    [BELLJAR_STAGE_MOUNT] = "mount", [BELLJAR_STAGE_PROC] = "proc", [BELLJAR_STAGE_OVERLAY] = "overlay",
    [BELLJAR_STAGE_PIVOT] = "pivot_root", [BELLJAR_STAGE_NETWORK] = "loopback", [BELLJAR_STAGE_HOSTNAME] = "hostname",
    [BELLJAR_STAGE_RIGHTS] = "capabilities", [BELLJAR_STAGE_FORK] = "fork", [BELLJAR_STAGE_STDIO] = "stdio",
    [BELLJAR_STAGE_LIMITS] = "limits", [BELLJAR_STAGE_DIRECTORY] = "chdir", [BELLJAR_STAGE_FILTER] = "seccomp",
    [BELLJAR_STAGE_EXEC] = "execve", [BELLJAR_STAGE_LAUNCHER] = "launcher",
    [BELLJAR_STAGE_CORES] = "cores", [BELLJAR_STAGE_LANDLOCK] = "landlock",
    [BELLJAR_STAGE_COUNTER] = "perf_event_open"};

const char *belljar_stage_name(int stage) {
  if (stage < 1 || stage > BELLJAR_STAGE_COUNTER) return "unknown";
  return stage_names[stage];
}

int belljar_memfd(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int belljar_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

ssize_t belljar_write_quietly(int fd, const void *bytes, size_t count) {
  sigset_t pipe, before, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  ssize_t written = write(fd, bytes, count);
  int saved = errno;
  if (written < 0 && saved == EPIPE && !sigismember(&pending, SIGPIPE)) {
    struct timespec none = {0, 0};
    while (sigtimedwait(&pipe, NULL, &none) < 0 && errno == EINTR) {}
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = saved;
  return written;
}

int belljar_open_terminal(int *inner) {
  int own = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), none = 0;
  if (own < 0) return -1;
  *inner = ioctl(own, TIOCSPTLCK, &none) < 0 ? -1 : ioctl(own, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*inner >= 0) return own;
  int saved = errno;
  close(own);
  errno = saved;
  return -1;
}

int belljar_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int belljar_pidfd_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int belljar_usable_cores(unsigned char mask[BELLJAR_AFFINITY_BYTES]) {
  memset(mask, 0, BELLJAR_AFFINITY_BYTES);
  return syscall(SYS_sched_getaffinity, 0, BELLJAR_AFFINITY_BYTES, mask) < 0 ? -1 : 0;
}

int belljar_landlock_version(void) {
  return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1u /* LANDLOCK_CREATE_RULESET_VERSION */);
}

int belljar_clock_ns(int64_t *out) {
  struct timespec time;
  if (clock_gettime(CLOCK_MONOTONIC, &time) < 0) return -1;
  *out = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
  return 0;
}

static void report(int session, int stage, int error) {
  struct belljar_message message = {.kind = BELLJAR_FAILED, .value = stage, .detail = error, .extra = -1};
  send_message(session, &message);
}

int write_file(const char *path, const char *contents) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t written = write(fd, contents, strlen(contents));
  int saved = errno;
  close(fd);
  errno = saved;
  return written < 0 ? -1 : 0;
}

static int write_maps(const struct belljar_plan *plan, pid_t pid) {
  char path[64], map[64];
  if (plan->flags & BELLJAR_PLAN_DENY_SETGROUPS) {
    snprintf(path, sizeof path, "/proc/%d/setgroups", pid);
    if (write_file(path, "deny") < 0) return -1;
  }
  snprintf(path, sizeof path, "/proc/%d/uid_map", pid);
  snprintf(map, sizeof map, "%u %u 1", plan->inside_uid, plan->outside_uid);
  if (write_file(path, map) < 0) return -1;
  snprintf(path, sizeof path, "/proc/%d/gid_map", pid);
  snprintf(map, sizeof map, "%u %u 1", plan->inside_gid, plan->outside_gid);
  return write_file(path, map);
}

// A plan comes from our own controller, but a wrong one must be an error and not a wild read.
int plan_is_sound(const struct belljar_plan *plan) {
  uint64_t size = plan->size;
  if (plan->magic != BELLJAR_PLAN_MAGIC || plan->operation_count > BELLJAR_MAX_OPERATIONS) return 0;
  if (plan->leading_count > plan->operation_count || plan->leading_size > size) return 0;
  if (plan->operations + (uint64_t)plan->operation_count * sizeof(struct belljar_operation) > size) return 0;
  if (plan->arguments + (uint64_t)plan->argument_count * 4 > size) return 0;
  if (plan->environment + (uint64_t)plan->environment_count * 4 > size) return 0;
  if (plan->filter + (uint64_t)plan->filter_count * 8 > size || plan->filter_count > 4096) return 0;
  if (plan->passed + (uint64_t)plan->passed_count * 4 > size || plan->passed_count > BELLJAR_MAX_DESCRIPTORS) return 0;
  if (plan->listens + (uint64_t)plan->listen_count * 4 > size || plan->listen_count > BELLJAR_MAX_LISTENS) return 0;
  if (plan->affinity && plan->affinity + (uint64_t)BELLJAR_AFFINITY_BYTES > size) return 0;
  if (plan->limits + (uint64_t)plan->limit_count * sizeof(struct belljar_limit) > size) return 0;
  return plan->executable < size && plan->directory < size && plan->hostname < size && plan->argument_count > 0;
}

static char **pointers(const struct belljar_plan *plan, uint32_t offset, uint32_t count) {
  const uint32_t *offsets = (const void *)((const char *)plan + offset);
  char **array = calloc(count + 1, sizeof *array);
  if (!array) return NULL;
  for (uint32_t i = 0; i < count; i++) array[i] = (char *)(uintptr_t)((const char *)plan + offsets[i]);
  return array;
}

static int fill(struct launch *launch, const struct belljar_plan *plan, const int *descriptors, int count) {
  *launch = (struct launch){.plan = plan, .base = (const char *)plan, .session = descriptors[0],
                            .input = descriptors[1], .output = descriptors[2], .error = descriptors[3], .go = -1};
  int next = plan->flags & BELLJAR_PLAN_CGROUP2 ? 5 : 4;
  for (uint32_t i = 0; i < plan->passed_count; i++) {
    if (next == count) { errno = EINVAL; return -1; }
    launch->passed[i] = descriptors[next++];
  }
  while (next < count) launch->cgroups[launch->cgroup_count++] = descriptors[next++];
  launch->arguments = pointers(plan, plan->arguments, plan->argument_count);
  launch->environment = pointers(plan, plan->environment, plan->environment_count);
  return launch->arguments && launch->environment ? 0 : -1;
}

static void release(struct launch *launch) {
  free((void *)(uintptr_t)launch->arguments);
  free((void *)(uintptr_t)launch->environment);
}

// clone3 with all signals blocked, so that none of the parent's handlers runs in the child. As fork(2).
static pid_t clone_child(uint64_t flags, int cgroup2, int *pidfd) {
  struct clone_args request = {
      .flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_PIDFD |
               CLONE_CLEAR_SIGHAND | flags,
      .pidfd = (uint64_t)(uintptr_t)pidfd,
      .exit_signal = SIGCHLD};
  if (cgroup2 >= 0) {
    request.flags |= CLONE_INTO_CGROUP;
    request.cgroup = (uint64_t)cgroup2;
  }
  return (pid_t)syscall(SYS_clone3, &request, sizeof request);
}

int belljar_launch(const struct belljar_plan *plan, const int *descriptors, int count, struct belljar_child *child_out) {
  return launch_in(plan, descriptors, count, 0, child_out);
}

// What runs in a new child, with its end of the socket pair to the parent; never returns.
typedef void start(struct launch *launch, int go);

static void start_launch(struct launch *launch, int go) {
  launch->go = launch->parent = go;
  child_main(launch);
}

static void start_waiting(struct launch *launch, int go) { child_waits(go, launch->has_network, launch->plan); }

// A child in namespaces of its own, with the identity of `like` and a network from the pool where it may have one, that has begun
// `start`; `go` is this side's end of a socket pair of `type`: not a pipe, so that the child can tell that it has closed without a
// word. 0, or -1 with errno and the stage that failed.
static int clone_mapped(start *begin, struct launch *launch, const struct belljar_plan *like, int type, int cgroup2,
                        int is_pooled, struct belljar_child *child_out, int *stage) {
  int go[2], pidfd = -1;
  *stage = BELLJAR_STAGE_CLONE;
  // Before the network is entered, as a socket counts where it was made for as long as anybody has it open.
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, go) < 0) return -1;
  learn_watches();
  int network = is_pooled && !(like->flags & BELLJAR_PLAN_HOST_NETWORK) ? pool_take() : -1;
  launch->has_network = network >= 0;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = clone_child(like->flags & BELLJAR_PLAN_HOST_NETWORK || network >= 0 ? 0 : CLONE_NEWNET, cgroup2, &pidfd);
  if (child == 0) {
    close(go[1]);
    limit_watches();
    begin(launch, go[0]);
  }
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(go[0]);
  if (network >= 0) pool_leave();
  if (child < 0) {
    close(go[1]);
    pool_give(network);
    errno = error;
    return -1;
  }
  if (write_maps(like, child) < 0) {
    *stage = BELLJAR_STAGE_IDMAP;
    error = errno;
    close(go[1]);  // the child reads the end and leaves
    waitpid(child, NULL, 0);
    close(pidfd);
    pool_give(network);
    errno = error;
    return -1;
  }
  *child_out = (struct belljar_child){.pid = child, .pidfd = pidfd, .go = go[1], .network = network, .mounts = -1};
  return 0;
}

// Keeps what a sandbox mounts until its end has been told: taking it down takes a fifth of a millisecond, and nobody needs to wait
// for that. Where it can't be kept it goes with the last process inside. To be called before the child changes its identity: then
// only who has rights over it may look.
static void hold_mounts(struct belljar_child *child) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/mnt", child->pid);
  child->mounts = open(path, O_RDONLY | O_CLOEXEC);
}

void let_mounts_go(struct belljar_child *child) {
  if (child->mounts >= 0) close(child->mounts);
  child->mounts = -1;
}

// Whether a plan has an overlay without these flags.
static int overlay_without(const struct belljar_plan *plan, uint32_t flags) {
  const struct belljar_operation *operations = (const void *)((const char *)plan + plan->operations);
  for (uint32_t i = 0; i < plan->operation_count; i++) {
    if (operations[i].kind == BELLJAR_OVERLAY && !(operations[i].flags & flags)) return 1;
  }
  return 0;
}

// Whether the end of a sandbox's mounts is part of what was asked for: that of an overlay writes all to the disk that waits, unless
// it is volatile.
int needs_mounts_gone(const struct belljar_plan *plan) { return overlay_without(plan, BELLJAR_OVERLAY_VOLATILE); }

int has_overlay(const struct belljar_plan *plan) { return overlay_without(plan, 0); }

int launch_in(const struct belljar_plan *plan, const int *descriptors, int count, int is_pooled,
              struct belljar_child *child_out) {
  int stage = BELLJAR_STAGE_PLAN;
  struct launch launch = {0};
  errno = EINVAL;
  if (count < 4 || count > BELLJAR_MAX_DESCRIPTORS || !plan_is_sound(plan) || fill(&launch, plan, descriptors, count) < 0 ||
      clone_mapped(start_launch, &launch, plan, SOCK_STREAM, plan->flags & BELLJAR_PLAN_CGROUP2 ? descriptors[4] : -1,
                   is_pooled, child_out, &stage) < 0) {
    report(descriptors[0], stage, errno);
    release(&launch);
    return -1;
  }
  release(&launch);
  if (!needs_mounts_gone(plan)) hold_mounts(child_out);
  while (send(child_out->go, "", 1, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
  return 0;
}

// Makes a child ahead, with all namespaces and the identity of a plan that it is like (no v2 cgroup), and, where `begins_root`, with
// that plan's leading operations done: then it says so with a byte over *child's `go`, or leaves. It waits there for a plan and its
// descriptors, as belljar_submit sends them. 0, or -1 with errno.
int prepare_in(const struct belljar_plan *like, int begins_root, struct belljar_child *child_out) {
  int stage;
  struct launch launch = {.plan = begins_root ? like : NULL};
  if (clone_mapped(start_waiting, &launch, like, SOCK_SEQPACKET, -1, 1, child_out, &stage) < 0) return -1;
  hold_mounts(child_out);
  // The id maps are written.
  if (begins_root) while (send(child_out->go, "M", 1, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
  return 0;
}

// The child that was made ahead, with its root begun as `like` says unless that is NULL. It holds nothing of other launches while
// it waits, and leaves when the parent's end closes.
void child_waits(int go, int has_network, const struct belljar_plan *like) {
  char kind;
  int descriptors[BELLJAR_MAX_DESCRIPTORS + 1], count;
  struct launch launch;
  struct making begun;
  struct stat about;
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (go > 3) syscall(SYS_close_range, 3u, (unsigned)go - 1, 0u);
  syscall(SYS_close_range, (unsigned)go + 1, ~0u, 0u);
  if (like) {
    ssize_t got;
    do { got = read(go, &kind, 1); } while (got < 0 && errno == EINTR);
    if (got != 1 || begin_root(like, &begun) < 0 || send(go, "R", 1, MSG_NOSIGNAL) != 1) _exit(125);
  }
  if (receive_with(go, &kind, 1, descriptors, BELLJAR_MAX_DESCRIPTORS + 1, &count) != 1) _exit(125);
  if (count < 5 || fstat(descriptors[0], &about) < 0) _exit(125);
  const struct belljar_plan *plan = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptors[0], 0);
  if (plan == MAP_FAILED || plan->size > (uint64_t)about.st_size || !plan_is_sound(plan) ||
      fill(&launch, plan, descriptors + 1, count - 1) < 0 || (like && !leads_alike(plan, like))) {
    report(descriptors[1], BELLJAR_STAGE_PLAN, EINVAL);
    _exit(125);
  }
  close(descriptors[0]);
  launch.parent = go;
  launch.has_network = has_network;
  launch.begun = like ? &begun : NULL;
  child_main(&launch);
}

void tell_end(struct belljar_child *child, int session) {
  siginfo_t info = {0};
  struct rusage usage;
  memset(&usage, 0, sizeof usage);
  while (syscall(SYS_waitid, 3 /* P_PIDFD */, child->pidfd, &info, WEXITED, &usage) < 0 && errno == EINTR) {}
  // Its cgroup still pays for its files in memory, and would for the next one who is counted there.
  if (info.si_code != CLD_EXITED || info.si_status != ENDED_LIGHT) let_mounts_go(child);
  struct belljar_message message = {
      .kind = BELLJAR_REAPED,
      .value = info.si_status,
      .detail = info.si_code,
      .extra = -1,
      .user_us = (int64_t)usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec,
      .system_us = (int64_t)usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec,
      .peak_kb = usage.ru_maxrss};
  close(child->pidfd);
  close(child->go);
  send_message(session, &message);
}

void belljar_reap(struct belljar_child *child, int session) {
  tell_end(child, session);
  let_mounts_go(child);
}
