internal import Glibc

/// What a failed command named, the host has and the sandbox did not show, each with the line that shows it.
///
/// Only for runs of what the caller wrote: the answer tells whether a path is there, which a candidate must not learn.
package enum MissingPaths {
  /// - Parameter text: the end of what the command printed.
  package static func advice(_ text: String, jar: Jar, caller: Caller = .process) -> [String] {
    var lines: [String] = []
    func add(_ line: String) { if lines.count < 3, !lines.contains(line) { lines.append(line) } }
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
