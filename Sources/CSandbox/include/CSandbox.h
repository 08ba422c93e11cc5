// What must run between clone3(2) and execve(2), the init, and the launcher: all else of the sandbox is Swift.
//
// The contract: the parent prepares everything as one flat plan (struct belljar_plan); the child makes only
// async-signal-safe calls, allocates nothing, and reports {stage, errno} over the session socket. Offsets in a plan are
// bytes from its start; a string offset of 0 means "none".
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BELLJAR_PLAN_MAGIC 0x3152414Au
#define BELLJAR_MAX_OPERATIONS 512
#define BELLJAR_MAX_LAYERS 64
#define BELLJAR_MAX_OVERLAYS 2
#define BELLJAR_MAX_DESCRIPTORS 24
// Numbers inside of what is passed in are below this, and what the launch itself holds is above.
#define BELLJAR_MAX_PASSED 64
#define BELLJAR_AFFINITY_BYTES 128
// The user and group inside; and outside where the caller is root: above every range that systemd and shadow hand out, below 2^31.
#define BELLJAR_INSIDE_ID 1000u
#define BELLJAR_UNUSED_ID 0x7000be11u
#define BELLJAR_MAX_LISTENS 4

// One step in making the root; executed in order, after all sources have been opened.
enum belljar_operation_kind {
  BELLJAR_DIRECTORY = 1,  // a: path; mode
  BELLJAR_FILE = 2,       // a: path, b: contents, length; mode
  BELLJAR_SYMLINK = 3,    // a: path, b: target
  BELLJAR_BIND = 4,       // a: path, b: source; flags
  BELLJAR_PROC = 5,       // a: path; flags BELLJAR_PROC_PIDS_ONLY
  BELLJAR_SCRATCH = 6,    // the one tmpfs of the sandbox; length: bytes, extra: inodes
  BELLJAR_SCRATCH_AT = 7, // a: path, b: a folder's name in the scratch tmpfs; mode
  BELLJAR_OVERLAY = 8,    // a: path, b: layers (NUL-separated, upper first, work second, then lowers from the top), length: count
  BELLJAR_COVER = 9,      // a: path of a file that is there, b: contents, length; after BELLJAR_SCRATCH_AT
};

enum {
  BELLJAR_BIND_WRITABLE = 1,
  BELLJAR_BIND_FILE = 2,      // the target is a file, not a folder
  BELLJAR_BIND_DEVICE = 4,    // device nodes work on it
  BELLJAR_BIND_OPTIONAL = 8,  // a missing source is no error
  BELLJAR_BIND_EXISTS = 16,   // the target exists already
  BELLJAR_OVERLAY_VOLATILE = 32,  // fsync(2) does nothing there, and the end of the mount writes nothing to the disk
  BELLJAR_PROC_PIDS_ONLY = 1,
};

struct belljar_operation {
  uint32_t kind, flags;
  uint32_t a, b;
  uint32_t mode, reserved;
  uint64_t length, extra;
};

struct belljar_limit {
  uint32_t resource, reserved;
  uint64_t soft, hard;
};

enum {
  BELLJAR_PLAN_HOST_NETWORK = 1,
  BELLJAR_PLAN_DENY_SETGROUPS = 2, // an ordinary user may write gid_map only so (user_namespaces(7))
  BELLJAR_PLAN_CGROUP2 = 4,        // the first descriptor after stdio is a cgroup v2 folder (CLONE_INTO_CGROUP)
  BELLJAR_PLAN_REPORT_DENIALS = 8, // the filter notifies of what it denies: its listener goes to the controller
  BELLJAR_PLAN_TERMINAL = 16,      // stdin is a terminal, and becomes the program's own (TIOCSCTTY)
  BELLJAR_PLAN_LANDLOCK = 32,      // restrict the program by Landlock too; an error where that can't be
  BELLJAR_PLAN_COUNT = 64,         // count an event of perf_event_open(2) in the program and all that it starts
  BELLJAR_PLAN_ASIDE = 128,        // the program is measured: launching, and its init's end, keep off its processors
};

struct belljar_plan {
  uint32_t magic, size;
  uint32_t operations, operation_count;
  uint32_t leading_count, leading_size;   // the operations that a root begins with whatever it shows; all their strings lie below
                                          // leading_size. A root may be begun with them before the plan is there.
  uint32_t arguments, argument_count;     // uint32_t string offsets
  uint32_t environment, environment_count;
  uint32_t filter, filter_count;          // struct sock_filter
  uint32_t limits, limit_count;           // struct belljar_limit
  uint32_t executable, directory, hostname;
  uint32_t inside_uid, inside_gid, outside_uid, outside_gid;
  uint32_t last_capability;
  uint32_t flags;
  uint32_t passed, passed_count;          // uint32_t: the numbers under which descriptors of the caller's are there inside
  uint32_t listens, listen_count;         // uint32_t: ports of the sandbox's loopback that are listened on from outside
  uint32_t affinity;                      // BELLJAR_AFFINITY_BYTES of a processor mask (sched_setaffinity(2)); 0: as it is
  uint32_t counter_type, reserved;        // of BELLJAR_PLAN_COUNT: perf_event_attr's `type` and `config`
  uint64_t counter_config;
};

// Where a launch failed; the names are in belljar_stage_name.
enum belljar_stage {
  BELLJAR_STAGE_PLAN = 1, BELLJAR_STAGE_CLONE, BELLJAR_STAGE_IDMAP, BELLJAR_STAGE_CGROUP, BELLJAR_STAGE_PRIVATE,
  BELLJAR_STAGE_SOURCE, BELLJAR_STAGE_IDENTITY, BELLJAR_STAGE_ROOT, BELLJAR_STAGE_TARGET, BELLJAR_STAGE_MOUNT,
  BELLJAR_STAGE_PROC, BELLJAR_STAGE_OVERLAY, BELLJAR_STAGE_PIVOT, BELLJAR_STAGE_NETWORK, BELLJAR_STAGE_HOSTNAME,
  BELLJAR_STAGE_RIGHTS, BELLJAR_STAGE_FORK, BELLJAR_STAGE_STDIO, BELLJAR_STAGE_LIMITS, BELLJAR_STAGE_DIRECTORY,
  BELLJAR_STAGE_FILTER, BELLJAR_STAGE_EXEC, BELLJAR_STAGE_LAUNCHER, BELLJAR_STAGE_CORES, BELLJAR_STAGE_LANDLOCK,
  BELLJAR_STAGE_COUNTER,
};

// What comes over the session socket (SOCK_SEQPACKET), one a packet.
enum belljar_message_kind {
  BELLJAR_STARTED = 1, // from the parent; value: pid outside; the pidfd is attached
  BELLJAR_FAILED = 2,  // from the child or the parent; value: stage, detail: errno, extra: operation's index
  BELLJAR_EXITED = 3,  // from the init; value: wait status, detail: processes left over and killed,
                       // extra: 1 where /tmp is full
  BELLJAR_REAPED = 4,  // from the parent; value: wait status of the init; usage of the whole tree
  BELLJAR_RUNNING = 5, // from the init, where denials are reported: execve succeeded; the listener is attached
  BELLJAR_LISTENING = 6, // from the init, before the program starts; value: port; the listening TCP socket is attached
  BELLJAR_STOPPED = 7, // from the init: it was sent SIGTSTP, and has stopped everything else inside
  BELLJAR_COUNTING = 8, // from the init, before the program starts; the counter is attached
};

struct belljar_message {
  uint32_t kind;
  int32_t value, detail, extra;
  int64_t user_us, system_us, peak_kb; // usage of what was reaped
  int64_t wall_ns;                     // from before the filter and execve to the main process's end, CLOCK_MONOTONIC
};

// What a counter that came with BELLJAR_COUNTING has counted, all of its processes together; those that are dead included. 0, or -1
// where it didn't count all the time: the processor had too few counters, or others took them.
int belljar_read_counter(int counter, uint64_t *_Nonnull count);

// A launched sandbox, as its parent holds it.
struct belljar_child {
  pid_t pid;
  int pidfd;
  int go;  // kept open: its end tells the child that the parent is gone
  int network; // its namespace in the launcher's pool, or -1
  int mounts;  // its mount namespace, where that may end after the sandbox; or -1
};

// A new pseudo-terminal (pty(7)): its own end, and the program's in *inner, which never becomes ours to control. -1 with errno.
int belljar_open_terminal(int *_Nonnull inner);

// Launches a plan. descriptors: [0] session socket (the far end of the controller's), [1..3] stdin, stdout, stderr,
// then as the plan's flags say a cgroup v2 folder, then `passed_count` that are passed in, then cgroup v1 `tasks` files. All
// stay open in the caller.
// 0 and *child, or -1, and then the reason has been sent over the session socket.
int belljar_launch(const struct belljar_plan *_Nonnull plan, const int *_Nonnull descriptors, int count,
                   struct belljar_child *_Nonnull child);

// Waits for the init to end, reaps it, sends BELLJAR_REAPED over the session socket, and closes the child's descriptors: what the
// sandbox had mounted goes then, if that was held until now (`mounts`).
void belljar_reap(struct belljar_child *_Nonnull child, int session);

// A launcher's side of the protocol: serves plans that come over `control` until it closes. Never returns.
void belljar_launcher_main(int control) __attribute__((noreturn));

// The controller's side: hands a plan (a memfd) with its descriptors to a launcher. 0, or -1 with errno.
int belljar_submit(int control, int plan, const int *_Nonnull descriptors, int count);

// Receives one message; *attached is the descriptor that came with it or -1. Bytes read, 0 at the end, -1 with errno.
ssize_t belljar_receive(int session, struct belljar_message *_Nonnull message, int *_Nonnull attached);

// Starts this program again as a launcher with an empty environment. Returns its pid and sets *control, or -1.
pid_t belljar_spawn_launcher(int keeps_networks, int *_Nonnull control);

// Forks this process into a launcher for one launch, whose namespaces it begins to make at once, on another core, unless the launch
// needs a v2 cgroup. For a process of one thread that holds no secrets: what runs inside has its memory behind pid 1. As above.
pid_t belljar_fork_launcher(int is_version1, int *_Nonnull control);

// The same before main (`CLaunchAhead`), where nothing speaks against it; the pid of what was forked, once, or 0.
void belljar_fork_ahead(void);
pid_t belljar_take_ahead(int *_Nonnull control);

// The name of a stage, such as "pivot_root".
const char *_Nonnull belljar_stage_name(int stage);

// memfd_create(2), which Swift's Glibc module lacks.
int belljar_memfd(const char *_Nonnull name);

// pipe2(2) and eventfd(2) with close-on-exec, which that module lacks too.
int belljar_pipe(int ends[_Nonnull 2]);
int belljar_eventfd(void);

// write(2) to a pipe whose reader may be gone: EPIPE, and never SIGPIPE, whatever the program does with that signal.
ssize_t belljar_write_quietly(int fd, const void *_Nullable bytes, size_t count);

// Locks of an open file (F_OFD_SETLK, fcntl(2)) on one byte, which the kernel takes back when the file is closed, however that
// comes. They don't wait. 0, or -1 with errno: EAGAIN where another open file has a lock that excludes it.
int belljar_lock_to_read(int fd, int64_t byte);
int belljar_lock_to_write(int fd, int64_t byte);
int belljar_unlock(int fd, int64_t byte);

// Whether another open file than this one has a lock on one of so many bytes (0: all from the first on): any, or one to write.
// -1 with errno where that can't be told.
int belljar_is_locked(int fd, int64_t first, int64_t count);
int belljar_is_locked_to_write(int fd, int64_t first, int64_t count);

// pidfd_send_signal(2). A sandbox's init passes SIGTERM on to all inside, stops them at SIGTSTP (and says BELLJAR_STOPPED), and lets
// them go on at SIGCONT. One that comes early waits until the program runs.
int belljar_pidfd_signal(int pidfd, int signal);

// Takes as many descriptors as the caller may have, up to a million. A program inside may have as many in flight as its own limit says, in sockets that
// nobody reads; they count for its user, and with a lower limit than theirs nobody of that user could pass one any more
// (ETOOMANYREFS, unix(7)). A sandbox's program has the limit of its budget.
void belljar_raise_descriptors(void);

// The processors that the caller may run on, as a mask. 0, or -1 with errno.
int belljar_usable_cores(unsigned char mask[_Nonnull BELLJAR_AFFINITY_BYTES]);

// The version of Landlock's interface that the kernel has; 0 or less where there is none (landlock(7)).
int belljar_landlock_version(void);

// CLOCK_MONOTONIC in nanoseconds. 0, or -1 with errno.
int belljar_clock_ns(int64_t *_Nonnull out);
