// What the next launch will most likely begin with. A loop's launches come in turns (the agent, the scorer, the agent again), each
// with a root that begins like the last one of its kind: after which came which is remembered, and told when it has come true.
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { KINDS_MOST = 8, PLAN_MOST = 1 << 16 };

// A launch as it was last seen, and the kind that came after it.
struct kind {
  struct belljar_plan *plan;
  int next;
  int is_sure;  // the same one has followed twice running
};

static struct kind kinds[KINDS_MOST];
static int kind_count, oldest, last = -1;

// Whether two plans have the same identity inside and out.
int identified_alike(const struct belljar_plan *one, const struct belljar_plan *other) {
  return one->outside_uid == other->outside_uid && one->outside_gid == other->outside_gid &&
         one->inside_uid == other->inside_uid && one->inside_gid == other->inside_gid &&
         ((one->flags ^ other->flags) & BELLJAR_PLAN_DENY_SETGROUPS) == 0;
}

// Whether two plans have the same identity, and a root that begins the same.
int leads_alike(const struct belljar_plan *one, const struct belljar_plan *other) {
  size_t strings = sizeof *one, operations = one->leading_count * sizeof(struct belljar_operation);
  return one->leading_count == other->leading_count && one->leading_size == other->leading_size &&
         ((one->flags ^ other->flags) & BELLJAR_PLAN_LANDLOCK) == 0 &&  // a root has the queues where it needs them
         identified_alike(one, other) && one->leading_size >= strings &&
         memcmp((const char *)one + one->operations, (const char *)other + other->operations, operations) == 0 &&
         memcmp((const char *)one + strings, (const char *)other + strings, one->leading_size - strings) == 0;
}

// The place of a plan's kind, which is made where it is new; -1 where it can't be kept.
static int place_of(const struct belljar_plan *plan) {
  if (plan->leading_count == 0 || plan->size > PLAN_MOST) return -1;
  for (int i = 0; i < kind_count; i++) {
    if (leads_alike(kinds[i].plan, plan)) return i;
  }
  struct belljar_plan *copy = malloc(plan->size);
  if (!copy) return -1;
  memcpy(copy, plan, plan->size);
  int place = kind_count < KINDS_MOST ? kind_count++ : oldest++ % KINDS_MOST;
  free(kinds[place].plan);
  for (int i = 0; i < kind_count; i++) {
    if (kinds[i].next == place) kinds[i].is_sure = 0;
  }
  kinds[place] = (struct kind){.plan = copy, .next = -1};
  return place;
}

// Notes that a plan was launched, sound as plan_is_sound says.
void expect_after(const struct belljar_plan *plan) {
  int before = last;
  last = place_of(plan);
  if (before < 0 || last < 0) return;
  kinds[before].is_sure = kinds[before].next == last;
  kinds[before].next = last;
}

// A plan whose leading operations the next launch will most likely have, or NULL.
const struct belljar_plan *expected(void) {
  return last >= 0 && kinds[last].is_sure ? kinds[kinds[last].next].plan : NULL;
}
