// Names that Swift can't see: function-like and cast macros of libseccomp (seccomp_init(3)).
#pragma once
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline uint32_t belljar_act_errno(uint32_t value) { return SCMP_ACT_ERRNO(value); }
static inline uint32_t belljar_act_allow(void) { return SCMP_ACT_ALLOW; }
static inline uint32_t belljar_act_kill_process(void) { return SCMP_ACT_KILL_PROCESS; }
// memfd_create(2), which glibc declares only under _GNU_SOURCE.
static inline int belljar_filter_file(void) { return (int)syscall(SYS_memfd_create, "belljar-filter", 1u); }
static inline uint32_t belljar_act_notify(void) { return SCMP_ACT_NOTIFY; }

// libseccomp's own pair wants a probe of the kernel first, at a dozen system calls. -1 with errno.
static inline int belljar_notify_receive(int fd, struct seccomp_notif *request) {
  return ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, request);
}
static inline int belljar_notify_respond(int fd, struct seccomp_notif_resp *response) {
  return ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, response);
}
