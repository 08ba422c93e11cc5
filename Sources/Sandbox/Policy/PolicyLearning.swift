internal import CSeccomp
internal import Glibc
internal import PolicyCompiler

/// What a watched command needed.
public struct LearnedPolicy: Sendable {
  /// The smallest policy, as YAML with comments.
  public let yaml: String
  /// Calls that no policy allows, by name: the command did without.
  public let refused: [String]
}

extension Sandbox {
  /// Runs a jar while everything passes that any policy could allow, and writes the smallest policy that the run needs.
  ///
  /// - Parameter jar: Its policy should be the widest that the command may have, such as `build`.
  public func learn(
    _ jar: Jar, name: String, input: Input = .none, output: Output, cancellation: Cancellation? = nil
  ) throws -> (result: Result, policy: LearnedPolicy) {
    let recorder = try CallRecorder()
    let filter = try SystemCallFilter.compile(groups: CallRecorder.unwatched())
    let result = try attempt(
      jar, filter: filter, pipes: Pipes(input: input), output: output, cancellation: cancellation,
      listener: { recorder.take(listener: $0) })
    if case .notStarted("seccomp", EBUSY, _) = result.outcome.reason {
      throw SandboxError(
        "watch", name, "this process is itself under a filter that is watched, and a process can have only one watcher")
    }
    return (result, try PolicyLearning(jar, recorder, result.outcome).policy(named: name))
  }
}

/// Turns an observation into a policy.
struct PolicyLearning {
  private let jar: Jar
  private let recorder: CallRecorder
  private let outcome: Outcome

  init(_ jar: Jar, _ recorder: CallRecorder, _ outcome: Outcome) {
    self.jar = jar
    self.recorder = recorder
    self.outcome = outcome
  }

  func policy(named name: String) throws -> LearnedPolicy {
    let groups = try SystemCallGroups.all()
    let used = Set(recorder.used.map(SystemCallGroups.name(of:)))
    let others = used.subtracting(groups["basic"] ?? []).sorted()
    let proc = recorder.paths.filter(isMachineWide).sorted()
    // Where a path leads counts: Debian's Java asks for files below /usr/lib that are links into /etc/java-17-openjdk.
    let there = recorder.paths.compactMap(Executable.real) + recorder.paths.filter { access($0, F_OK) == 0 }
    let shown = jar.policy.show.flatMap(Root.matching).filter { folder in
      folder == "/usr" || there.contains { $0 == folder || isBelow($0, folder) }
    }
    let missing = Set(recorder.paths.map(Executable.normal)).filter { isMissing($0, shown) }.sorted()
    let refused = recorder.refused.map(SystemCallGroups.name(of:)).sorted()

    var text = "# Learned from: \(jar.arguments.map(quoted).joined(separator: " "))\n"
    text += "# It \(outcome.reason), and used \(round(outcome.wall.seconds * 100) / 100) s on the clock, "
    text += "\(outcome.peakMemory >> 20) MiB of memory.\n"
    text += "name: \(quoted(name))\nabout: \(quoted("What \(jar.arguments.first ?? "a command") needed in one run."))\n"
    text += "show: [\(shown.joined(separator: ", "))]\n"
    text += "proc: \(proc.isEmpty ? "pids" : "full")"
    text +=
      proc.first.map { "   # it asked for \(quoted($0))" + (proc.count > 1 ? " and \(proc.count - 1) more" : "") } ?? ""
    text += "\nnetwork: none\ncalls:\n  - basic\n"
    for call in others {
      let group = groups.filter { $0.value.contains(call) }.keys.sorted().first ?? ""
      text += "  - \(call)   # of the group '\(group)'\n"
    }
    for call in refused { text += "# refused, as no policy allows it: \(call)\n" }
    for path in missing.prefix(20) { text += "# asked for, there on the host, and not shown: \(quoted(path))\n" }
    text += "budget: {wall: \(seconds), memory: \(memory), processes: \(jar.limits.processes ?? 1024)}\n"
    return LearnedPolicy(yaml: text, refused: refused)
  }

  /// Four times what was used, in steps: the next run is not the same.
  private var seconds: String { "\(max(10, Int((outcome.wall.seconds * 4).rounded(.up)))) s" }
  private var memory: String { "\(max(64, (outcome.peakMemory >> 20) * 4)) MiB" }

  /// A file of /proc that is not of a process.
  private func isMachineWide(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    guard parts.count > 1, parts[0] == "proc" else { return false }
    return Int(parts[1]) == nil && !["self", "thread-self", "mounts", "net"].contains(parts[1])
  }

  private func isMissing(_ path: String, _ shown: [String]) -> Bool {
    let made = ["/etc", "/proc", "/dev", "/tmp", "/home", "/run", "/var", "/sys", "/bin", "/sbin", "/lib", "/lib64"]
    let visible = shown + made + jar.mounts.map(\.destination)
    return path != "/" && !visible.contains { path == $0 || isBelow(path, $0) } && access(path, F_OK) == 0
  }

  private func isBelow(_ path: String, _ folder: String) -> Bool { path.hasPrefix(folder + "/") }

  /// Text as a double-quoted YAML scalar, with no control character.
  private func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": out += "\\\(scalar)"
      case _ where scalar.value < 32 || (127..<160).contains(scalar.value): out += "?"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
