// The processors of a program, and those of launching and of its init's end where it is measured: the kernel does much of what a
// sandbox's end leaves to it (freed memory, mounts, namespaces) milliseconds later, on the processor where it ended, and so within the
// next run.
#include "internal.h"

#include <string.h>

// Those of this process before it stood aside, and of the program from which it keeps away.
static unsigned char usable[BELLJAR_AFFINITY_BYTES], measured[BELLJAR_AFFINITY_BYTES];
static int is_aside;

static int use(const unsigned char *mask) {
  return (int)syscall(SYS_sched_setaffinity, 0, BELLJAR_AFFINITY_BYTES, mask);
}

static const unsigned char *own(const struct belljar_plan *plan) { return (const unsigned char *)plan + plan->affinity; }

static int is_measured(const struct belljar_plan *plan) { return (plan->flags & BELLJAR_PLAN_ASIDE) && plan->affinity; }

// To the processors that a plan's program doesn't have, if there are any. Whether it is there.
static int use_others(const struct belljar_plan *plan) {
  unsigned char mask[BELLJAR_AFFINITY_BYTES], any = 0;
  for (int i = 0; i < BELLJAR_AFFINITY_BYTES; i++) any |= mask[i] = usable[i] & (unsigned char)~own(plan)[i];
  return any && use(mask) == 0;
}

void stand_aside(const struct belljar_plan *plan) {
  if (is_aside && is_measured(plan) && memcmp(measured, own(plan), sizeof measured) == 0) return;
  if (is_aside) is_aside = use(usable) < 0;
  if (is_aside || !is_measured(plan) || belljar_usable_cores(usable) < 0) return;
  is_aside = use_others(plan);
  memcpy(measured, own(plan), sizeof measured);
}

int stands_aside(void) { return is_aside; }

int take_processors(const struct launch *launch) {
  const struct belljar_plan *plan = launch->plan;
  if (!plan->affinity) {
    // Where they can't be had any more (cpuset(7)), the kernel has given others.
    if (is_aside) use(usable);
    return 0;
  }
  // Where they can't be told, none are others, and the init ends where it is.
  if (is_measured(plan) && !is_aside) belljar_usable_cores(usable);
  if (use(own(plan)) < 0) return -1;
  // A launcher that doesn't hear it waits a moment longer.
  if (is_measured(plan)) send_with(launch->parent, "A", 1, NULL, 0);
  return 0;
}

void leave_processors(const struct belljar_plan *plan) {
  if (is_measured(plan)) use_others(plan);
}
