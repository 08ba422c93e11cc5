// What the C files of this room share; nothing outside includes it.
#pragma once

#include "CSandbox.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

// The prepared launch: the plan, and pointer arrays that the parent made from it.
struct launch {
  const struct belljar_plan *plan;
  const char *base;                 // the plan's bytes
  char *const *arguments;
  char *const *environment;
  int session, input, output, error;
  int parent;                       // hangs up when the parent is gone
  int cgroups[BELLJAR_MAX_DESCRIPTORS];
  int cgroup_count;
  int passed[BELLJAR_MAX_DESCRIPTORS];
  int queues;                       // the file system of POSIX message queues, for Landlock; -1 where it isn't needed
  int has_network;                  // the network namespace is there already, its loopback up
  const struct making *begun;       // the root that was begun ahead with the plan's leading operations; NULL where none was
  int go;                           // readable when the id maps are written; -1 where they are
};

// A failure on the way, carried to the one place that reports it.
struct failure {
  int stage, error, operation;
};

// A root on its way: what the operations leave to each other.
struct making {
  int root, scratch;
  int queues;                       // as in struct launch
  int scratch_is_attached;
};

// How an init ends whose scratch folders hold next to nothing.
enum { ENDED_LIGHT = 1 };

static inline const char *text(const struct launch *launch, uint32_t offset) { return launch->base + offset; }

// All signals at their defaults, as CLONE_CLEAR_SIGHAND leaves those that are ignored. For a launcher that is forked: what it
// launches inherits them.
void restore_signals(void);

int make_root(struct launch *launch, int (*between)(const struct launch *, struct failure *), struct failure *failure);
int begin_root(const struct belljar_plan *like, struct making *making);
int take_identity(const struct launch *launch, struct failure *failure);
void run_init(const struct launch *launch) __attribute__((noreturn));
void send_message(int session, const struct belljar_message *message);
ssize_t receive_with(int socket, void *bytes, size_t size, int *descriptors, int most, int *count);
int write_file(const char *path, const char *contents);
int send_with(int socket, const void *bytes, size_t size, const int *descriptors, int count);
int fail(struct failure *failure, int stage, int operation);
int raise_loopback(void);

// Once, on the host; and in each new user namespace while its first process has all rights there. A machine without /proc/sys to
// write keeps the host's limits.
void learn_watches(void);
void limit_watches(void);

int raise_landlock(const struct launch *launch);

// A launcher keeps off the processors of a program that is measured, until it launches another; what it forks begins there. A program
// gets its own by `take_processors` (0, or -1 with errno), which tells the launcher of one that is measured with a byte over `go`;
// the init leaves them at the end.
void stand_aside(const struct belljar_plan *plan);
int stands_aside(void);
int take_processors(const struct launch *launch);
void leave_processors(const struct belljar_plan *plan);

// The pool of network namespaces: of the launcher alone. `pool_take` moves this process into one, for the child to inherit,
// and returns its descriptor, or -1 where the child has to make its own; `pool_leave` moves it back to its own.
int pool_open(void);
int pool_take(void);
void pool_leave(void);
void pool_give(int network);
int launch_in(const struct belljar_plan *plan, const int *descriptors, int count, int is_pooled,
              struct belljar_child *child_out);
int prepare_in(const struct belljar_plan *like, int begins_root, struct belljar_child *child_out);
void child_waits(int go, int has_network, const struct belljar_plan *like) __attribute__((noreturn));
int plan_is_sound(const struct belljar_plan *plan);
void let_mounts_go(struct belljar_child *child);
// As belljar_reap, but what is held of the mounts stays, unless they weigh something.
void tell_end(struct belljar_child *child, int session);
int needs_mounts_gone(const struct belljar_plan *plan);
int has_overlay(const struct belljar_plan *plan);

// What the next launch will most likely begin with (expected.c), of the launcher alone.
int identified_alike(const struct belljar_plan *one, const struct belljar_plan *other);
int leads_alike(const struct belljar_plan *one, const struct belljar_plan *other);
void expect_after(const struct belljar_plan *plan);
const struct belljar_plan *expected(void);
void child_main(struct launch *launch) __attribute__((noreturn));

// Opens the plan's counter for the init's later children, and sends it over the session. 0, or -1 with errno.
int send_counter(const struct launch *launch);
