internal import Glibc

/// git, run so that no configuration but the repository's own counts, nothing of it runs, and nothing is written.
package enum GitCommand {
  /// The environment of every git: no system, global or attribute configuration, no home, no prompt, no lock.
  static var environment: [String] {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    return [
      "PATH=\(path)", "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
      "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
    ]
  }

  private static let settings = [
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "safe.directory=*",
    "-c", "core.excludesFile=/dev/null", "-c", "core.attributesFile=/dev/null", "-c", "core.untrackedCache=false",
  ]

  /// Runs git in a folder and returns how it ended.
  package static func output(
    _ arguments: [String], in folder: String, stdin: [UInt8] = []
  ) throws(WorkspaceError) -> HostCommand.Output {
    try HostCommand(
      ["git"] + settings + arguments, environment: environment, folder: folder, stdin: stdin
    ).run()
  }

  /// Runs git in a folder and returns what it printed.
  ///
  /// - Throws: ``WorkspaceError`` with what git said where it ends in anything but one of `accepted`.
  package static func run(
    _ arguments: [String], in folder: String, stdin: [UInt8] = [], accepted: Set<Int32> = [0]
  ) throws(WorkspaceError) -> [UInt8] {
    let output = try output(arguments, in: folder, stdin: stdin)
    guard accepted.contains(output.status) else {
      let said = String(decoding: output.stderr.prefix(2000), as: UTF8.self).split(separator: "\n").joined(
        separator: " ")
      throw WorkspaceError(
        "run git \(arguments.first ?? "") in", folder,
        because: said.isEmpty ? "git ended with \(output.status)" : said)
    }
    return output.stdout
  }
}
