internal import CSeccomp
internal import Glibc

/// When a call of an allowed group is allowed: always, or only with these values of one argument or of several.
///
/// Only plain integers are looked at: a decision on what a pointer shows could be raced (seccomp(2)).
package enum SystemCallRules {
  package struct Condition {
    package let argument: UInt32
    package let mask: UInt64
    package let values: [UInt64]

    package func holds(_ arguments: [UInt64]) -> Bool { values.contains(arguments[Int(argument)] & mask) }
  }

  /// The low half of a register: calls take an `int`, and a caller may set the high bits at will.
  private static let int: UInt64 = 0xffff_ffff

  /// All conditions of a call must hold.
  package static let conditions: [String: [Condition]] = [
    // No CLONE_NEW* flag: NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (clone(2)).
    "clone": [Condition(argument: 0, mask: 0x7e02_0000, values: [0])],
    // AF_UNIX, AF_INET, AF_INET6: all stay within the namespace.
    "socket": [Condition(argument: 0, mask: int, values: [1, 2, 10])],
    "socketpair": [Condition(argument: 0, mask: int, values: [1])],
    // Only of itself: limits of pid 1 are not the program's to set.
    "prlimit64": [Condition(argument: 0, mask: int, values: [0])],
    // Only of itself and its group (PROCESS, PGRP; USER would be the init too): the init's report must not be made to wait.
    "setpriority": [
      Condition(argument: 0, mask: int, values: [0, 1]), Condition(argument: 1, mask: int, values: [0]),
    ],
    "ioprio_set": [Condition(argument: 0, mask: int, values: [1, 2]), Condition(argument: 1, mask: int, values: [0])],
    // The same. Of sched_setaffinity this can't be asked: glibc names a thread that it has just made.
    "sched_setscheduler": [Condition(argument: 0, mask: int, values: [0])],
    "sched_setparam": [Condition(argument: 0, mask: int, values: [0])],
    "sched_setattr": [Condition(argument: 0, mask: int, values: [0])],
    // PER_LINUX, "tell me" and ADDR_NO_RANDOMIZE.
    "personality": [Condition(argument: 0, mask: int, values: [0, 0xffff_ffff, 0x40000])],
    // ARCH_{SET,GET}_{GS,FS}, the read-only CET and shadow-stack queries of glibc; no ARCH_MAP_VDSO.
    "arch_prctl": [
      Condition(
        argument: 0, mask: int, values: [0x1001, 0x1002, 0x1003, 0x1004, 0x3001, 0x5001, 0x5002, 0x5003, 0x5005])
    ],
    // PDEATHSIG, DUMPABLE, NAME, SECCOMP (read), CAPBSET (read), TIMERSLACK, SUBREAPER, NO_NEW_PRIVS, TID_ADDRESS,
    // THP_DISABLE, KEEPCAPS (read), VMA names.
    "prctl": [
      Condition(
        argument: 0, mask: int,
        values: [1, 2, 3, 4, 7, 15, 16, 21, 23, 29, 30, 36, 37, 38, 39, 40, 41, 42, 0x5356_4d41])
    ],
  ]

  /// The terminal's own TIOCSTI and TIOCLINUX are the reason for a list: only what is here passes.
  package static let ioctls: [UInt64] = [
    0x5401, 0x5402, 0x5403, 0x5404, 0x540b, 0x540e, 0x540f, 0x5410, 0x5411, 0x5413, 0x5414, 0x541b, 0x5421, 0x5422,
    0x5429, 0x5450, 0x5451, 0x5452, 0x8004_5430, 0x4004_5431, 0x5441, 0x802c_542a, 0x402c_542b, 0x402c_542c,
    0x402c_542d,
    0x4004_9409, 0x4020_940d, 0xc018_9436, 0x8008_6601, 0xc020_660b, 0x801c_581f, 0x8910, 0x8912, 0x8913, 0x8915,
    0x8919,
    0x891b, 0x891d, 0x8921, 0x8927, 0x8933,
  ]
}
