internal import Glibc

/// What a user can do about a sandbox that could not be made.
enum Advice {
  static func text(stage: String, errno number: Int32, operation: Int, plan: Plan, jar: Jar) -> String {
    let path = plan.operationPaths.indices.contains(operation) ? plan.operationPaths[operation] : ""
    switch stage {
    case "execve": return execution(number, plan: plan, jar: jar)
    case "chdir": return "the folder \(jar.directory) is not there inside; show it with --ro-bind or --bind"
    case "source":
      return "\(path) can't be shown" + (number == ENOENT ? ": it does not exist" : ": check its rights")
    case "clone3", "uid_map", "identity":
      return "user namespaces are refused here; see /proc/sys/user/max_user_namespaces, "
        + "kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns" + nested
    case "perf_event_open": return counter(number)
    case "target", "mount", "overlay": return path.isEmpty ? "" : "while making \(path)"
    default: return ""
    }
  }

  /// Said where this very process runs under somebody's filter (proc(5)): Docker's, or another Belljar's.
  static var nested: String {
    guard let status = readText("/proc/self/status"), status.contains("\nSeccomp:\t2") else { return "" }
    return "; this process is itself within a sandbox, whose filter may be what refuses"
  }

  private static func counter(_ number: Int32) -> String {
    if number == EACCES || number == EPERM {
      let level =
        readText("/proc/sys/kernel/perf_event_paranoid").map { " (it is \($0.prefix { !$0.isWhitespace }))" } ?? ""
      return "programs may be counted where kernel.perf_event_paranoid is 2 or less\(level): "
        + "sysctl kernel.perf_event_paranoid=2" + nested
    }
    return "this machine's processor has no counter of it that can be used, as in most virtual machines"
  }

  /// Where the tree is shown that a path inside leads into, if that is not the host's own folder of that name.
  private static func ownTree(of path: String, in jar: Jar) -> String? {
    let path = Executable.normal(path)
    guard let holder = jar.covering(path), holder.destination != path else { return nil }
    if case .overlay = holder.kind { return holder.destination }
    return holder.source == holder.destination ? nil : holder.destination
  }

  private static func execution(_ number: Int32, plan: Plan, jar: Jar) -> String {
    let name = jar.arguments.first ?? ""
    if number == ENOENT {
      let path = plan.executable.hasPrefix("/") ? plan.executable : "\(jar.directory)/\(plan.executable)"
      if let shim = VersionShim(path), case .none(let versions) = shim.choice(in: jar, .process) {
        return "\(path) stands in for the versions \(versions.joined(separator: ", ")), and none of them has '\(name)'"
      }
      if name.contains("/"), let tree = ownTree(of: path, in: jar) {
        return "'\(name)', or the interpreter that it names, is not in the tree that is shown at \(tree); "
          + "of what a build makes there is only what 'build.outputs' names"
      }
      if Executable.isExecutable(path) {
        return "\(path) is on this machine but something that it needs isn't shown inside: add its folder to 'inputs', "
          + "or --ro-bind \(path)"
      }
      return "there is no command '\(name)' in \(CallerPath.standard.joined(separator: ":"))"
        + (name.contains("/") ? "; \(path) does not exist" : " or in PATH")
        + "; where it lies elsewhere, name its folder "
        + "under 'inputs' in the harness or with --ro-bind"
    }
    if number == EACCES {
      return "\(plan.executable) is not an executable file, or not readable for the sandbox's user"
    }
    if number == ENOTDIR { return "something in the middle of \(plan.executable) is a file and no folder" }
    if number == ELOOP { return "the links of \(plan.executable) lead in a circle" }
    if number == ETXTBSY { return "something still has \(plan.executable) open for writing" }
    if number == ENOEXEC { return "\(plan.executable) is neither a program for this machine nor a script with '#!'" }
    return ""
  }
}
