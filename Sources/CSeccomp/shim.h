// Names that Swift can't see: function-like and cast macros of libseccomp (seccomp_init(3)).
#pragma once
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

static inline uint32_t belljar_act_errno(uint32_t value) { return SCMP_ACT_ERRNO(value); }
static inline uint32_t belljar_act_allow(void) { return SCMP_ACT_ALLOW; }
static inline uint32_t belljar_act_kill_process(void) { return SCMP_ACT_KILL_PROCESS; }
