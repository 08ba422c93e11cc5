internal import Glibc

/// What can be done about a failed command, from what it printed: paths and programs that the host has and the sandbox did
/// not show, and well-known messages of tools that no policy gives what they want; each with the line to add.
///
/// Only for runs of what the caller wrote: the answer tells whether a path is there, which a candidate must not learn.
package enum FailureAdvice {
  /// What a tool prints, and what to do about it.
  private static let known = [
    (
      "LeakSanitizer has encountered a fatal error",
      "LeakSanitizer traces its own process, which no policy allows; the rest of AddressSanitizer works with "
        + "env: {ASAN_OPTIONS: detect_leaks=0}"
    ),
    (
      "detected dubious ownership",
      "git doubts a folder that another user owns; env: {GIT_CONFIG_COUNT: \"1\", GIT_CONFIG_KEY_0: safe.directory, "
        + "GIT_CONFIG_VALUE_0: \"*\"} settles it"
    ),
    (
      "uv_interface_addresses",
      "os.networkInterfaces() needs a netlink socket, which no policy allows; give the address to listen on (127.0.0.1) "
        + "instead of having it looked for"
    ),
  ]

  /// - Parameter text: the end of what the command printed.
  package static func lines(_ text: String, jar: Jar, caller: Caller = .process) -> [String] {
    var lines: [String] = []
    func add(_ line: String) { if lines.count < 3, !lines.contains(line) { lines.append(line) } }
    for (message, advice) in known where text.contains(message) { add(advice) }
    for line in text.split(separator: "\n") {
      for path in words(line) where path.hasPrefix("/") {
        let path = Executable.normal(path)
        guard !isVisible(path, jar), access(path, F_OK) == 0 else { continue }
        let shown = ToolchainFolders.prefix(of: path, isTrusted: true, caller) ?? path
        add("\(path) is on this machine and not shown inside; if the step needs it: inputs: [\(shown)] (or --ro-bind)")
      }
      guard line.contains("not found") || line.contains("No such file") else { continue }
      for name in words(line) where !name.contains("/") {
        guard let advice = program(name, jar, caller) else { continue }
        add(advice)
      }
    }
    return lines
  }

  /// About a program that is in the caller's PATH and in no folder of the PATH inside.
  private static func program(_ name: String, _ jar: Jar, _ caller: Caller) -> String? {
    let inside = CallerPath.standard + (jar.environment["PATH"]?.split(separator: ":").map(String.init) ?? [])
    if inside.contains(where: { Executable.isExecutable(jar.hostPath("\($0)/\(name)")) }) { return nil }
    guard let folder = caller.path.first(where: { Executable.isExecutable("\($0)/\(name)") }) else { return nil }
    var path = "\(folder)/\(name)"
    if let shim = VersionShim(path), case .program(let program) = shim.choice(in: jar, caller) { path = program }
    if jar.policy.shows(path) { return nil }
    let place = Executable.parent(of: path)
    let shown = ToolchainFolders.prefix(of: path, isTrusted: true, caller) ?? place
    return "\(path) is on this machine and is not found inside where another program starts it: inputs: [\(shown)] and "
      + "env: {PATH: \"\(([place] + CallerPath.standard).joined(separator: ":"))\"}"
  }

  private static func isVisible(_ path: String, _ jar: Jar) -> Bool {
    let made = [
      "/etc", "/proc", "/dev", "/tmp", "/home/belljar", "/run", "/var/tmp", "/tree", "/out", "/in", "/harness",
    ]
    if made.contains(where: { path == $0 || path.hasPrefix($0 + "/") }) || path == "/" { return true }
    return jar.policy.shows(path) || jar.isMounted(path)
      || jar.mounts.contains { $0.destination.hasPrefix(path + "/") }
  }

  /// The words of a message, without what surrounds a name in one.
  private static func words(_ line: Substring) -> [String] {
    line.split { $0.isWhitespace || "\"'`‘’“”:;,()<>[]=".contains($0) }.map {
      String($0.hasSuffix(".") ? $0.dropLast() : $0)
    }
  }
}
