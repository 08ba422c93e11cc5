// pid 1 of the sandbox, and the short way of its one child to execve.
//
// The init was forked from the launcher and holds nothing of the controller; it is non-dumpable all the same, so that
// its memory, environment and descriptors are unreadable to what runs beside it. It reaps, measures, and dies last.
#include "internal.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>

int fail(struct failure *failure, int stage, int operation) {
  *failure = (struct failure){.stage = stage, .error = errno, .operation = operation};
  return -1;
}

void send_message(int session, const struct belljar_message *message) {
  while (send(session, message, sizeof *message, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

static void __attribute__((noreturn)) die(const struct launch *launch, const struct failure *failure) {
  struct belljar_message message = {
      .kind = BELLJAR_FAILED, .value = failure->stage, .detail = failure->error, .extra = failure->operation};
  send_message(launch->session, &message);
  _exit(125);
}

// The same for the call that has just failed, by errno.
static void __attribute__((noreturn)) die_at(const struct launch *launch, int stage, int operation) {
  struct failure failure;
  fail(&failure, stage, operation);
  die(launch, &failure);
}

// Waits for the id maps, then becomes the user that the plan names.
int take_identity(const struct launch *launch, struct failure *failure) {
  char byte;
  ssize_t got = 1;
  if (launch->go >= 0) do { got = read(launch->go, &byte, 1); } while (got < 0 && errno == EINTR);
  if (got != 1) _exit(125);  // the parent is gone, or has reported why
  const struct belljar_plan *plan = launch->plan;
  if (!(plan->flags & BELLJAR_PLAN_DENY_SETGROUPS) && syscall(SYS_setgroups, 0, NULL) < 0)
    return fail(failure, BELLJAR_STAGE_IDENTITY, -1);
  if (syscall(SYS_setresgid, plan->inside_gid, plan->inside_gid, plan->inside_gid) < 0 ||
      syscall(SYS_setresuid, plan->inside_uid, plan->inside_uid, plan->inside_uid) < 0)
    return fail(failure, BELLJAR_STAGE_IDENTITY, -1);
  return 0;
}

int raise_loopback(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  int result = ioctl(fd, SIOCSIFFLAGS, &request);
  close(fd);
  return result;
}

// Sockets that belong to this namespace wherever they are served from. They listen already, so a program that is early waits
// in their queue. Closed here at once: nothing inside may answer in their place.
static int send_listeners(const struct launch *launch) {
  const uint32_t *ports = (const void *)(launch->base + launch->plan->listens);
  for (uint32_t i = 0; i < launch->plan->listen_count; i++) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)ports[i]), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct belljar_message message = {.kind = BELLJAR_LISTENING, .value = (int32_t)ports[i], .extra = -1};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    if (fd < 0) return -1;
    // The namespace may have been used before.
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    int result = bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 128) < 0 ||
                 send_with(launch->session, &message, sizeof message, &fd, 1) < 0;
    int saved = errno;
    close(fd);
    errno = saved;
    if (result) return -1;
  }
  return 0;
}

// All five capability sets emptied, securebits locked, no_new_privs (capabilities(7)).
static int drop_rights(const struct launch *launch) {
  for (uint32_t capability = 0; capability <= launch->plan->last_capability; capability++) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) return -1;
  }
  if (prctl(PR_SET_SECUREBITS,
            SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
            0, 0, 0) < 0)
    return -1;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return -1;
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};
  if (syscall(SYS_capset, &header, data) < 0) return -1;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// The payload shares the init's memory until execve (CLONE_VM, CLONE_VFORK): a failure is told by plain variables.
// They share the descriptors too (CLONE_FILES; execve makes the program's own copy), so that the filter's listener stays
// with the init.
struct payload {
  const struct launch *launch;
  volatile int stage, error, listener;
  volatile int64_t begun;  // before the filter, which may forbid to ask for the time
};

static int run_payload(void *argument) {
  struct payload *payload = argument;
  const struct launch *launch = payload->launch;
  const struct belljar_plan *plan = launch->plan;
  int stage = BELLJAR_STAGE_STDIO;
  if (setsid() < 0 || dup2(launch->input, 0) < 0 || dup2(launch->output, 1) < 0 || dup2(launch->error, 2) < 0 ||
      syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */) < 0)
    goto failed;
  const uint32_t *numbers = (const void *)(launch->base + plan->passed);
  for (uint32_t i = 0; i < plan->passed_count; i++) {
    if (dup2(launch->passed[i], (int)numbers[i]) < 0) goto failed;
  }
  if ((plan->flags & BELLJAR_PLAN_TERMINAL) && ioctl(0, TIOCSCTTY, 0) < 0) goto failed;
  stage = BELLJAR_STAGE_LIMITS;
  umask(022);
  const struct belljar_limit *limits = (const void *)(launch->base + plan->limits);
  for (uint32_t i = 0; i < plan->limit_count; i++) {
    struct rlimit limit = {.rlim_cur = limits[i].soft, .rlim_max = limits[i].hard};
    if (setrlimit((int)limits[i].resource, &limit) < 0) goto failed;
  }
  stage = BELLJAR_STAGE_LANDLOCK;
  if ((plan->flags & BELLJAR_PLAN_LANDLOCK) && raise_landlock(launch) < 0) goto failed;
  stage = BELLJAR_STAGE_DIRECTORY;
  if (chdir(text(launch, plan->directory)) < 0) goto failed;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  stage = BELLJAR_STAGE_FILTER;
  struct sock_fprog program = {.len = (unsigned short)plan->filter_count,
                               .filter = (struct sock_filter *)(uintptr_t)(launch->base + plan->filter)};
  unsigned flags = plan->flags & BELLJAR_PLAN_REPORT_DENIALS ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
  payload->begun = now_ns();
  int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (listener < 0) goto failed;
  if (flags) payload->listener = listener;
  stage = BELLJAR_STAGE_EXEC;
  // What Belljar has just written, a child that another of its threads forks still has open until it executes (golang.org/issue/22315):
  // moments, in which nothing is slept, as the filter may forbid it.
  for (int tries = 0; tries < 2000; tries++) {
    execve(text(launch, plan->executable), launch->arguments, launch->environment);
    if (errno != ETXTBSY) break;
  }
failed:
  payload->error = errno;
  payload->stage = stage;
  _exit(127);
}

static int stop_session;

// Signals from outside the namespace: SIGTERM begins the grace, SIGTSTP stops all others and SIGCONT lets them go on. From inside
// they are ignored: who sent one can be seen there (si_pid), and only the kernel says SI_USER. One kill(-1) stops all at once, as
// no fork succeeds with a signal pending; what is stopped can still be killed.
static void hear_controller(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  if (info->si_pid == 0 && info->si_code == SI_USER) {
    kill(-1, number == SIGTSTP ? SIGSTOP : number);
    struct belljar_message stopped = {.kind = BELLJAR_STOPPED, .extra = -1};
    if (number == SIGTSTP) send_message(stop_session, &stopped);
  }
  errno = saved;
}

static int64_t microseconds(struct timeval time) { return (int64_t)time.tv_sec * 1000000 + time.tv_usec; }

// What scratch folders may hold for a sandbox to have ended light, in bytes.
enum { LITTLE_MEMORY = 1 << 20 };

static char payload_stack[32768] __attribute__((aligned(64)));

void run_init(const struct launch *launch) {
  struct payload payload = {.launch = launch, .listener = -1};
  struct sigaction action = {.sa_sigaction = hear_controller, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigfillset(&action.sa_mask);
  stop_session = launch->session;
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGTSTP, &action, NULL);
  sigaction(SIGCONT, &action, NULL);
  if ((launch->plan->flags & BELLJAR_PLAN_COUNT) && send_counter(launch) < 0) die_at(launch, BELLJAR_STAGE_COUNTER, -1);
  // Here, not in the payload: the init is then on the program's processor when that ends, and needs no waking from another one.
  if (take_processors(launch) < 0) die_at(launch, BELLJAR_STAGE_CORES, -1);
  pid_t main_process =
      clone(run_payload, payload_stack + sizeof payload_stack, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &payload);
  if (main_process < 0) die_at(launch, BELLJAR_STAGE_FORK, -1);
  if (payload.stage) {
    struct failure failure = {.stage = payload.stage, .error = payload.error, .operation = -1};
    die(launch, &failure);
  }
  if (payload.listener >= 0) {
    struct belljar_message running = {.kind = BELLJAR_RUNNING, .extra = -1};
    int listener = payload.listener;
    if (send_with(launch->session, &running, sizeof running, &listener, 1) < 0) {
      // Nobody would answer for what the filter refuses. The program, which has begun, ends with its init.
      die_at(launch, BELLJAR_STAGE_FILTER, -1);
    }
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  // The pipes must see their end when the last process inside has closed them, so the init keeps none.
  if (launch->session > 3) syscall(SYS_close_range, 0u, (unsigned)launch->session - 1, 0u);
  syscall(SYS_close_range, (unsigned)launch->session + 1, ~0u, 0u);

  int status = 0, killed = 0;
  int64_t ended = 0;
  for (;;) {
    int each;
    pid_t pid = wait4(-1, &each, 0, NULL);
    if (pid < 0) {
      if (errno == EINTR) continue;
      break;
    }
    if (pid == main_process) {
      ended = now_ns();
      status = each;
      break;
    }
  }
  // Whoever is left is killed and reaped: one kill(-1) is enough, as no fork succeeds with a signal pending.
  kill(-1, SIGKILL);
  for (;;) {
    int each;
    pid_t pid = wait4(-1, &each, __WALL, NULL);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) break;
    if (WIFSIGNALED(each) && WTERMSIG(each) == SIGKILL) killed++;
  }
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  // A full /tmp mostly shows only as some program's failure.
  struct statfs scratch;
  int is_known = statfs("/tmp", &scratch) == 0;
  int full = is_known && (scratch.f_bavail == 0 || scratch.f_ffree == 0);
  uint64_t held = is_known ? (uint64_t)(scratch.f_blocks - scratch.f_bfree) * (uint64_t)scratch.f_bsize : UINT64_MAX;
  struct belljar_message message = {.kind = BELLJAR_EXITED,
                                    .value = status,
                                    .detail = killed,
                                    .extra = full,
                                    .user_us = microseconds(usage.ru_utime),
                                    .system_us = microseconds(usage.ru_stime),
                                    .peak_kb = usage.ru_maxrss,
                                    .wall_ns = ended - payload.begun};
  send_message(launch->session, &message);
  leave_processors(launch->plan);
  _exit(held <= LITTLE_MEMORY ? ENDED_LIGHT : 0);
}

// Away from the numbers that the payload sets: a caller may have started with 0, 1 and 2 closed.
static int moved_up(int fd, int least) { return fd >= least ? fd : fcntl(fd, F_DUPFD_CLOEXEC, least); }

// An ignored SIGCHLD would have the kernel reap what the init waits for; others would stay ignored in the program.
void restore_signals(void) {
  // The kernel's struct, all zero: SIG_DFL, no flags, no mask. glibc's own call refuses the signals that it keeps for itself.
  const uint64_t action[4] = {0};
  for (int number = 1; number <= 64; number++) syscall(SYS_rt_sigaction, number, action, NULL, 8);
}

void child_main(struct launch *launch) {
  struct failure failure = {0, 0, -1};
  const struct belljar_plan *plan = launch->plan;
  int least = plan->passed_count ? BELLJAR_MAX_PASSED : 3;
  launch->session = moved_up(launch->session, least);
  launch->input = moved_up(launch->input, least);
  launch->output = moved_up(launch->output, least);
  launch->error = moved_up(launch->error, least);
  launch->parent = moved_up(launch->parent, least);
  for (uint32_t i = 0; i < plan->passed_count; i++) launch->passed[i] = moved_up(launch->passed[i], least);
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  for (int i = 0; i < launch->cgroup_count; i++) {
    // Writing "0" (itself) to v1's `tasks` spares the RCU grace period that `cgroup.procs` waits for.
    if (write(launch->cgroups[i], "0", 1) != 1) die_at(launch, BELLJAR_STAGE_CGROUP, i);
  }
  // After the move, so that the new cgroup namespace has its root at the sandbox's own folder.
  if (unshare(CLONE_NEWCGROUP) < 0) die_at(launch, BELLJAR_STAGE_CGROUP, -1);
  if (make_root(launch, take_identity, &failure) < 0) die(launch, &failure);
  if (!(plan->flags & BELLJAR_PLAN_HOST_NETWORK) && !launch->has_network && raise_loopback() < 0)
    die_at(launch, BELLJAR_STAGE_NETWORK, -1);
  if (send_listeners(launch) < 0) die_at(launch, BELLJAR_STAGE_NETWORK, -1);
  if (launch->queues >= 0) launch->queues = moved_up(launch->queues, least);
  if (sethostname(text(launch, plan->hostname), strlen(text(launch, plan->hostname))) < 0)
    die_at(launch, BELLJAR_STAGE_HOSTNAME, -1);
  if (drop_rights(launch) < 0) die_at(launch, BELLJAR_STAGE_RIGHTS, -1);
  // A change of identity clears the death signal, so it is set again; a parent that died in between has hung up.
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  struct pollfd parent = {.fd = launch->parent, .events = 0};
  if (poll(&parent, 1, 0) > 0 && (parent.revents & (POLLHUP | POLLERR))) _exit(125);
  run_init(launch);
}
