internal import CLinux
internal import Glibc

/// A program of the host run with a fixed environment, its stdout and stderr taken up. For git, never for candidates.
package struct HostCommand: Sendable {
  package struct Result: Sendable {
    package let status: Int32
    package let output: [UInt8]
    package let error: String
  }

  /// Runs a program to its end.
  ///
  /// - Returns: the wait status's exit code (128 + signal for one that was killed), stdout and stderr.
  package static func run(
    _ arguments: [String], in folder: String, environment: [String: String], input: [UInt8] = []
  ) throws -> Result {
    // Files and not pipes: nothing can deadlock, however much comes on whichever stream.
    let streams = try (0..<3).map { _ in try temporary() }
    defer { for stream in streams { close(stream) } }
    guard Files.writeAll(streams[0], input), lseek(streams[0], 0, SEEK_SET) == 0 else {
      throw WorkspaceError("run", arguments.joined(separator: " "), errno: errno)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, stream) in streams.enumerated() { posix_spawn_file_actions_adddup2(&actions, stream, Int32(target)) }
    linux_spawn_chdir(&actions, folder)
    var argv = arguments.map { strdup($0) } + [nil]
    var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: pid_t = 0
    let error = posix_spawnp(&pid, arguments[0], &actions, nil, &argv, &envp)
    guard error == 0 else { throw WorkspaceError("run", arguments[0], errno: error) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    return Result(
      status: code, output: try contents(streams[1]), error: String(decoding: try contents(streams[2]), as: UTF8.self))
  }

  private static func temporary() throws -> Int32 {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let descriptor = open(folder, O_RDWR | O_CLOEXEC | linux_o_tmpfile, 0o600)
    guard descriptor >= 0 else { throw WorkspaceError("make a temporary file in", folder, errno: errno) }
    return descriptor
  }

  private static func contents(_ descriptor: Int32) throws -> [UInt8] {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    lseek(descriptor, 0, SEEK_SET)
    guard let bytes = Files.readAll(descriptor, size: size) else {
      throw WorkspaceError("read", "a program's output", errno: errno)
    }
    return bytes
  }
}

/// git, run without system, global and attribute configuration, filters, hooks and optional locks.
package enum Git {
  static let environment = [
    "PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0", "GIT_ATTR_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C",
    "HOME": "/nonexistent",
  ]

  /// Runs git in a folder.
  package static func run(_ arguments: [String], in folder: String, input: [UInt8] = []) throws -> HostCommand.Result {
    try HostCommand.run(
      ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"] + arguments,
      in: folder, environment: environment, input: input)
  }

  /// Whether a folder is inside a work tree.
  package static func isWorkTree(_ folder: String) -> Bool {
    // No git on the machine and no repository mean the same here.
    guard let result = try? run(["rev-parse", "--is-inside-work-tree"], in: folder) else { return false }
    return result.status == 0 && String(decoding: result.output, as: UTF8.self).hasPrefix("true")
  }
}
