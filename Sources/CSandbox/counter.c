// Events counted by perf_event_open(2), such as instructions, in everything that a sandbox runs.
#include "internal.h"

#include <linux/perf_event.h>
#include <string.h>

// The init opens it for itself, which needs no right over anybody else, but never counts: its children inherit it, and with their
// execve it begins. So nothing of the launch is in the sum. A program inside has no descriptor of it, and can't stop it: the calls
// that stop counters reach only those that the caller has opened.
int send_counter(const struct launch *launch) {
  struct perf_event_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.size = sizeof attributes;
  attributes.type = launch->plan->counter_type;
  attributes.config = launch->plan->counter_config;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  attributes.disabled = 1;
  attributes.enable_on_exec = 1;
  attributes.inherit = 1;
  // What the kernel does for it differs from run to run, and needs rights to be seen.
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  int fd = (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) return -1;
  struct belljar_message counting = {.kind = BELLJAR_COUNTING, .extra = -1};
  int result = send_with(launch->session, &counting, sizeof counting, &fd, 1), saved = errno;
  close(fd);
  errno = saved;
  return result;
}

int belljar_read_counter(int counter, uint64_t *count) {
  struct { uint64_t value, enabled, running; } now;
  if (read(counter, &now, sizeof now) != (ssize_t)sizeof now) return -1;
  *count = now.value;
  return now.enabled > 0 && now.running == now.enabled ? 0 : -1;
}
