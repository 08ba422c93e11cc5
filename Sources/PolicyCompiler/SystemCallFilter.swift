internal import CSeccomp
internal import Glibc

/// Compiles a policy's groups into a classic-BPF filter with libseccomp (seccomp_init(3)): an allow-list, as a binary
/// tree. Denied calls answer EPERM, calls that the kernel learns later ENOSYS, foreign architectures kill.
package enum SystemCallFilter {
  /// The filter of these groups, an instruction (`struct sock_filter`) a word.
  package static func compile(groups: [String]) throws -> [UInt64] {
    FilterIntervals.shrink(try tree(groups: groups)).words
  }

  /// As libseccomp writes it. A name behind a minus is taken away.
  package static func tree(groups: [String]) throws -> FilterProgram {
    let all = try SystemCallGroups.all()
    guard let context = seccomp_init(belljar_act_errno(UInt32(EPERM))) else {
      throw FilterError(step: "seccomp_init", number: 0)
    }
    defer { seccomp_release(context) }
    try check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize")
    try check(seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, belljar_act_kill_process()), "foreign architecture")
    let taken = Set(groups.filter { $0.hasPrefix("-") }.map { String($0.dropFirst()) })
    for name in Set(groups.flatMap { all[$0] ?? [$0] }).subtracting(taken).sorted() where !name.hasPrefix("-") {
      let number = seccomp_syscall_resolve_name(name)
      // A name of another architecture resolves to a negative pseudo number: not there, nothing to allow.
      guard number >= 0 else { continue }
      if name == "ioctl" {
        for command in SystemCallRules.ioctls {
          try allow(context, number, [SystemCallRules.Condition(argument: 1, mask: 0xffff_ffff, values: [command])])
        }
      } else if let conditions = SystemCallRules.conditions[name] {
        try allow(context, number, conditions)
      } else {
        try check(seccomp_rule_add_array(context, belljar_act_allow(), number, 0, nil), name)
      }
    }
    // glibc falls back to clone, whose flags can be checked, only on ENOSYS.
    try answer(context, "clone3", ENOSYS)
    for number in Int32(455)...Int32(511) {
      try check(seccomp_rule_add_array(context, belljar_act_errno(UInt32(ENOSYS)), number, 0, nil), "call \(number)")
    }
    return FilterProgram(words: try export(context))
  }

  /// A rule for each way in which all conditions can hold.
  private static func allow(
    _ context: scmp_filter_ctx, _ number: Int32, _ conditions: [SystemCallRules.Condition]
  ) throws {
    var rules: [[scmp_arg_cmp]] = [[]]
    for condition in conditions {
      rules = rules.flatMap { rule in
        condition.values.map { value in
          rule + [
            scmp_arg_cmp(arg: condition.argument, op: SCMP_CMP_MASKED_EQ, datum_a: condition.mask, datum_b: value)
          ]
        }
      }
    }
    for rule in rules {
      try check(
        seccomp_rule_add_array(context, belljar_act_allow(), number, UInt32(rule.count), rule), "call \(number)")
    }
  }

  private static func answer(_ context: scmp_filter_ctx, _ name: String, _ number: Int32) throws {
    let call = seccomp_syscall_resolve_name(name)
    guard call >= 0 else { return }
    try check(seccomp_rule_add_array(context, belljar_act_errno(UInt32(number)), call, 0, nil), name)
  }

  private static func check(_ result: Int32, _ what: String) throws {
    if result < 0 { throw FilterError(step: what, number: -result) }
  }

  private static func export(_ context: scmp_filter_ctx) throws -> [UInt64] {
    let fd = belljar_filter_file()
    guard fd >= 0 else { throw FilterError(step: "memfd_create", number: errno) }
    defer { close(fd) }
    try check(seccomp_export_bpf(context, fd), "export")
    let size = Int(lseek(fd, 0, SEEK_END))
    guard size % 8 == 0, size > 0, size / 8 <= 4096 else {
      throw FilterError(step: "the result, of \(size) bytes, is not a filter", number: 0)
    }
    var words = [UInt64](repeating: 0, count: size / 8)
    guard pread(fd, &words, size, 0) == size else {
      throw FilterError(step: "the result, of \(size) bytes, is not a filter", number: 0)
    }
    return words
  }
}
