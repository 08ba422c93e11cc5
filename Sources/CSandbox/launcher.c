// The launcher: this program started again with an empty environment, before any key, holdout or ledger is read.
//
// It is single-threaded and small, so a launch costs the same whatever the controller holds, the init inherits nothing
// of it, and PR_SET_PDEATHSIG (which fires when the launching *thread* ends) is safe. It ends with its socket.
#include "internal.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>

#define LAUNCHER_NAME "belljar-launcher"
// One that keeps no network namespaces, and can so give the host's to what it launches.
#define OPEN_LAUNCHER_NAME "belljar-launcher-open"
#define LAUNCHER_CONTROL 3
#define LAUNCHER_MOST 1024

struct served {
  struct belljar_child child;
  int session;
};

static struct served served[LAUNCHER_MOST];
static struct pollfd watched[LAUNCHER_MOST + 2];
static int served_count;
// One of which the end has been told, but mounts and network are not cleared away yet. In a series of measured runs that waits
// until the next one's init is on its program's processors: the two work side by side then, where before it each had to wait for the
// other, and the program begins up to a third of a millisecond sooner.
static struct served leaving = {.session = -1};

// A child made ahead: namespaces take most of a launch's time, so the next one's are made while nobody waits and nothing runs
// that could be disturbed. It is used once, so nothing can pass from one sandbox to another by it.
static struct belljar_child spare;
static struct belljar_plan likeness;           // whose identity the spare has
static const struct belljar_plan *spare_root;  // whose leading operations the spare's root has, a copy of our own; NULL where it has none
static int64_t spare_until;                    // when it shows too old a state of the machine's mounts (CLOCK_MONOTONIC, ns)
static int wants_spare;                        // since a launch; not again after a failure or an age in vain
static int begins_roots = 1;
static int makes_spares = 1;                   // 0 where one launch is all that comes
#define SPARE_AGE 2000000000
// How long the next of a series may take to be asked for, and then to be on its processors: milliseconds as of poll(2).
#define SERIES_PAUSE 1

int send_with(int socket, const void *bytes, size_t size, const int *descriptors, int count) {
  char control[CMSG_SPACE(sizeof(int) * (BELLJAR_MAX_DESCRIPTORS + 1))] = {0};
  struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * (size_t)count);
  }
  ssize_t sent;
  do { sent = sendmsg(socket, &message, MSG_NOSIGNAL); } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

ssize_t receive_with(int socket, void *bytes, size_t size, int *descriptors, int most, int *count) {
  char control[CMSG_SPACE(sizeof(int) * (BELLJAR_MAX_DESCRIPTORS + 1))];
  struct iovec part = {.iov_base = bytes, .iov_len = size};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t got;
  do { got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC); } while (got < 0 && errno == EINTR);
  *count = 0;
  if (got < 0) return got;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int here = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int)), fds[BELLJAR_MAX_DESCRIPTORS + 1];
    memcpy(fds, CMSG_DATA(header), sizeof(int) * (size_t)here);
    for (int i = 0; i < here; i++) {
      if (*count < most) descriptors[(*count)++] = fds[i];
      else close(fds[i]);
    }
  }
  return got;
}

int belljar_submit(int control, int plan, const int *descriptors, int count) {
  int all[BELLJAR_MAX_DESCRIPTORS + 1];
  if (count < 1 || count > BELLJAR_MAX_DESCRIPTORS) { errno = EINVAL; return -1; }
  all[0] = plan;
  memcpy(all + 1, descriptors, sizeof(int) * (size_t)count);
  return send_with(control, "L", 1, all, count + 1);
}

ssize_t belljar_receive(int session, struct belljar_message *message, int *attached) {
  int count;
  *attached = -1;
  return receive_with(session, message, sizeof *message, attached, 1, &count);
}

// Whether a plan can be launched in a child that was made ahead: not in a v2 cgroup, which is entered by clone3 alone.
static int fits_spare(const struct belljar_plan *plan) {
  return !(plan->flags & (BELLJAR_PLAN_HOST_NETWORK | BELLJAR_PLAN_CGROUP2)) &&
         identified_alike(plan, &likeness) && (!spare_root || leads_alike(plan, spare_root));
}

// Whether the spare has the root that it should have; waits for one that is being begun.
static int has_root(void) {
  char byte;
  ssize_t got;
  if (!spare_root) return 1;
  do { got = read(spare.go, &byte, 1); } while (got < 0 && errno == EINTR);
  // What failed once (a file that is gone, a kernel that lacks something) isn't tried again.
  if (got != 1) begins_roots = 0;
  return got == 1;
}

// It is another's now, or gone.
static void forget_spare(void) {
  free((void *)(uintptr_t)spare_root);
  spare_root = NULL;
  spare.pid = 0;
}

static void drop_spare(void) {
  if (!spare.pid) return;
  let_mounts_go(&spare);
  belljar_pidfd_signal(spare.pidfd, SIGKILL);
  close(spare.go);
  close(spare.pidfd);
  waitpid(spare.pid, NULL, 0);
  pool_give(spare.network);
  forget_spare();
}

static void make_spare(void) {
  const struct belljar_plan *root = begins_roots ? expected() : NULL;
  int64_t now;
  wants_spare = 0;
  // Without a spare every launch works too, only slower.
  if (belljar_clock_ns(&now) < 0 || prepare_in(root ? root : &likeness, root != NULL, &spare) < 0) return;
  spare_until = now + SPARE_AGE;
  if (!root) return;
  // The kind may be forgotten while the spare waits.
  struct belljar_plan *copy = malloc(root->size);
  if (!copy) return drop_spare();
  memcpy(copy, root, root->size);
  spare_root = copy;
}

static void clear_away(void) {
  if (leaving.session < 0) return;
  let_mounts_go(&leaving.child);
  close(leaving.session);
  pool_give(leaving.child.network);
  leaving.session = -1;
}

static int launch(const struct belljar_plan *plan, const int *descriptors, int count, struct belljar_child *child) {
  int isolated = !(plan->flags & (BELLJAR_PLAN_HOST_NETWORK | BELLJAR_PLAN_CGROUP2));
  int fits = spare.pid && fits_spare(plan);
  wants_spare = isolated && makes_spares;
  stand_aside(plan);
  // No layers may be in two mounts.
  if (has_overlay(plan)) clear_away();
  if (wants_spare) {
    likeness = *plan;
    expect_after(plan);
  }
  if (fits && has_root() && send_with(spare.go, "L", 1, descriptors, count) == 0) {
    *child = spare;
    forget_spare();
    if (needs_mounts_gone(plan)) let_mounts_go(child);
    return 0;
  }
  if (spare.pid && isolated) drop_spare();
  // What is launched from here holds all that is open here until it executes, so that the end of the last one's mounts would fall into
  // its program's first moments.
  clear_away();
  return launch_in(plan, descriptors + 1, count - 1, 1, child);
}

static void serve(const int *descriptors, int count) {
  struct stat about;
  int session = descriptors[1], kept = -1;
  struct belljar_message failed = {.kind = BELLJAR_FAILED, .value = BELLJAR_STAGE_LAUNCHER, .extra = -1};
  void *plan = MAP_FAILED;
  if (fstat(descriptors[0], &about) == 0 && about.st_size >= (off_t)sizeof(struct belljar_plan))
    plan = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptors[0], 0);
  int is_sound = plan != MAP_FAILED && ((struct belljar_plan *)plan)->size <= (uint64_t)about.st_size && plan_is_sound(plan);
  if (!is_sound || served_count == LAUNCHER_MOST) {
    failed.detail = plan == MAP_FAILED ? errno : is_sound ? EAGAIN : EINVAL;
    send_message(session, &failed);
  } else {
    struct belljar_child child;
    if (launch(plan, descriptors, count, &child) == 0) {
      struct belljar_message started = {.kind = BELLJAR_STARTED, .value = child.pid, .extra = -1};
      send_with(session, &started, sizeof started, &child.pidfd, 1);
      served[served_count++] = (struct served){.child = child, .session = session};
      // Where several run, each takes its own down: here it would be one after the other, while others wait.
      for (int i = 0; served_count > 1 && i < served_count; i++) let_mounts_go(&served[i].child);
      kept = session;
    }
  }
  if (plan != MAP_FAILED) munmap(plan, (size_t)about.st_size);
  for (int i = 0; i < count; i++) {
    if (descriptors[i] != kept) close(descriptors[i]);
  }
}

// How long nothing may happen before there is something to do for a spare, in milliseconds as of poll(2).
static int patience(void) {
  int64_t now;
  if (!spare.pid) return wants_spare && served_count == 0 ? 0 : -1;
  // One that is made before `main` is used at once.
  if (!makes_spares || belljar_clock_ns(&now) < 0) return -1;
  return now < spare_until ? (int)((spare_until - now) / 1000000) + 1 : 0;
}

void belljar_raise_descriptors(void) {
  struct rlimit limit;
  // The most that a budget may have, and no more: some programs that a caller starts look at each number below the limit.
  const rlim_t most = 1 << 20;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  rlim_t wanted = limit.rlim_max < most ? limit.rlim_max : most;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void belljar_launcher_main(int control) {
  belljar_raise_descriptors();
  for (;;) {
    watched[0] = (struct pollfd){.fd = control, .events = POLLIN};
    for (int i = 0; i < served_count; i++)
      watched[i + 1] = (struct pollfd){.fd = served[i].child.pidfd, .events = POLLIN};
    int is_leaving = leaving.session >= 0;
    struct pollfd *next = &watched[served_count + 1];
    // None where nobody asks: poll(2) passes over what is negative.
    *next = (struct pollfd){.fd = is_leaving && served_count > 0 ? served[served_count - 1].child.go : -1, .events = POLLIN};
    int ready = poll(watched, (nfds_t)served_count + 2, is_leaving ? SERIES_PAUSE : patience());
    if (ready < 0) continue;
    if (is_leaving && (ready == 0 || next->revents)) {
      clear_away();
      continue;
    }
    if (ready == 0) {
      // Nobody waits.
      if (spare.pid) drop_spare();
      else make_spare();
      continue;
    }
    // Reaped from the end, so that the last one can take a free place.
    for (int i = served_count - 1; i >= 0; i--) {
      if (!(watched[i + 1].revents & POLLIN)) continue;
      clear_away();
      leaving = served[i];
      served[i] = served[--served_count];
      tell_end(&leaving.child, leaving.session);
      int is_series = stands_aside() && served_count == 0 && !watched[0].revents;
      if (is_series && !spare.pid && patience() == 0) make_spare();
      if (!is_series || !spare.pid) clear_away();
    }
    if (!watched[0].revents) continue;
    char kind;
    int descriptors[BELLJAR_MAX_DESCRIPTORS + 1], count;
    ssize_t got = receive_with(control, &kind, 1, descriptors, BELLJAR_MAX_DESCRIPTORS + 1, &count);
    if (got <= 0) break;
    if (count >= 2) serve(descriptors, count);
    else for (int i = 0; i < count; i++) close(descriptors[i]);
  }
  clear_away();
  drop_spare();
  for (int i = 0; i < served_count; i++) belljar_pidfd_signal(served[i].child.pidfd, SIGKILL);
  for (int i = 0; i < served_count; i++) belljar_reap(&served[i].child, served[i].session);
  _exit(0);
}

pid_t belljar_spawn_launcher(int keeps_networks, int *control) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, 0, 1);
  // dup2 onto itself would keep close-on-exec, so the end moves away first.
  int moved = fcntl(pair[1], F_DUPFD_CLOEXEC, 10);
  posix_spawn_file_actions_adddup2(&actions, moved, LAUNCHER_CONTROL);
  // stderr stays, for what the launcher itself might have to say; the rest is closed.
  posix_spawn_file_actions_addclosefrom_np(&actions, LAUNCHER_CONTROL + 1);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // A session of its own: Ctrl-C goes to the controller, which decides.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  char *const arguments[] = {keeps_networks ? LAUNCHER_NAME : OPEN_LAUNCHER_NAME, NULL};
  char *const environment[] = {NULL};
  pid_t pid = -1;
  int error = moved < 0 ? errno : posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(pair[1]);
  if (moved >= 0) close(moved);
  if (error) {
    close(pair[0]);
    errno = error;
    return -1;
  }
  *control = pair[0];
  return pid;
}

// What a forked launcher closes and sets, that posix_spawn does for the other.
static void leave_caller(int control) {
  setsid();
  restore_signals();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  // The caller may have closed its standard streams, so that ours have their numbers.
  control = fcntl(control, F_DUPFD_CLOEXEC, 10);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (control < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0) _exit(125);
  if (fcntl(2, F_GETFD) < 0 && dup2(null, 2) < 0) _exit(125);
  if (dup2(control, LAUNCHER_CONTROL) < 0) _exit(125);
  fcntl(LAUNCHER_CONTROL, F_SETFD, FD_CLOEXEC);
  syscall(SYS_close_range, LAUNCHER_CONTROL + 1u, ~0u, 0u);
}

// Has a new child begin at once, on another processor. Linux often leaves it on its parent's, behind the parent, though another has
// nothing to do: it then begins when the parent first waits, half a millisecond later. It may run where it could before.
static void start_elsewhere(pid_t child) {
  unsigned char usable[BELLJAR_AFFINITY_BYTES], others[BELLJAR_AFFINITY_BYTES];
  unsigned here;
  if (belljar_usable_cores(usable) < 0 || syscall(SYS_getcpu, &here, NULL, NULL) < 0 || here / 8 >= sizeof others) return;
  memcpy(others, usable, sizeof others);
  others[here / 8] &= (unsigned char)~(1u << here % 8);
  // Fails where there is no other.
  if (syscall(SYS_sched_setaffinity, child, sizeof others, others) == 0)
    syscall(SYS_sched_setaffinity, child, sizeof usable, usable);
}

pid_t belljar_fork_launcher(int is_version1, int *control) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return -1;
  pid_t pid = fork();
  if (pid == 0) {
    close(pair[0]);
    leave_caller(pair[1]);
    makes_spares = 0;
    if (is_version1) {
      // As the controller's plan will say, most likely; where it says otherwise, the child isn't used.
      int is_root = geteuid() == 0;
      likeness = (struct belljar_plan){
          .inside_uid = BELLJAR_INSIDE_ID,
          .inside_gid = BELLJAR_INSIDE_ID,
          .outside_uid = is_root ? BELLJAR_UNUSED_ID : geteuid(),
          .outside_gid = is_root ? BELLJAR_UNUSED_ID : getegid(),
          .flags = is_root ? 0 : BELLJAR_PLAN_DENY_SETGROUPS};
      wants_spare = 1;
    }
    belljar_launcher_main(LAUNCHER_CONTROL);
  }
  int saved = errno;
  if (pid > 0) start_elsewhere(pid);
  close(pair[1]);
  if (pid < 0) close(pair[0]);
  else *control = pair[0];
  errno = saved;
  return pid;
}

static pid_t ahead;
static int ahead_control = -1;

void belljar_fork_ahead(void) {
  struct statfs about;
  // Where one cgroup v2 hierarchy is all there is, a launch ahead fits none, and the place for our own groups is found by a
  // process that is alone in its cgroup.
  if (statfs("/sys/fs/cgroup", &about) == 0 && about.f_type == CGROUP2_SUPER_MAGIC) return;
  pid_t pid = belljar_fork_launcher(1, &ahead_control);
  if (pid > 0 && ahead_control > 2) {
    ahead = pid;
  } else if (pid > 0) {
    // The caller's standard streams are closed, and a number of theirs is not for us.
    close(ahead_control);
    waitpid(pid, NULL, 0);
  }
}

pid_t belljar_take_ahead(int *control) {
  pid_t pid = ahead;
  if (pid) *control = ahead_control;
  ahead = 0;
  return pid;
}

// Before main: a program that links this room becomes the launcher when it is started under the launcher's name.
__attribute__((constructor)) static void become_launcher(int argc, char **argv) {
  struct stat about;
  if (argc != 1 || !argv || (strcmp(argv[0], LAUNCHER_NAME) != 0 && strcmp(argv[0], OPEN_LAUNCHER_NAME) != 0)) return;
  if (fstat(LAUNCHER_CONTROL, &about) < 0 || !S_ISSOCK(about.st_mode)) return;
  fcntl(LAUNCHER_CONTROL, F_SETFD, FD_CLOEXEC);
  // Where a further user namespace is refused, each launch makes its own network.
  if (strcmp(argv[0], LAUNCHER_NAME) == 0) pool_open();
  belljar_launcher_main(LAUNCHER_CONTROL);
}
