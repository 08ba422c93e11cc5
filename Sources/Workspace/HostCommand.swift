internal import CLinux
internal import Glibc

/// A trusted command of the host, run to its end: git, nothing of a candidate's.
package struct HostCommand: Sendable {
  /// How a command ended and what it printed.
  package struct Output: Hashable, Sendable {
    /// The exit code; 128 + the signal where one ended it, as shells have it.
    package let status: Int32
    package let stdout: [UInt8]
    package let stderr: [UInt8]
  }

  /// The command, looked up in PATH, and its arguments.
  package var arguments: [String]
  /// The whole environment, as `NAME=value`.
  package var environment: [String]
  /// Where it runs.
  package var folder: String
  /// What it reads.
  package var stdin: [UInt8]
  /// How long it may take, in seconds; then its process group is killed.
  package var timeout: Double

  /// Whether it stays in our process group, so that it may ask at the terminal; only itself is killed then.
  package var isInteractive: Bool

  package init(
    _ arguments: [String], environment: [String], folder: String, stdin: [UInt8] = [], timeout: Double = 300,
    isInteractive: Bool = false
  ) {
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
    self.stdin = stdin
    self.timeout = timeout
    self.isInteractive = isInteractive
  }

  /// Runs it: `posix_spawnp(3)`, with all three streams served together.
  ///
  /// - Throws: ``WorkspaceError`` where it can't be started or takes too long.
  package func run() throws(WorkspaceError) -> Output {
    var (child, streams) = try start()
    return try finish(child, &streams)
  }

  /// Starts it. The command's ends of the streams are closed here when this returns, so that theirs are the last.
  private func start() throws(WorkspaceError) -> (pid_t, CommandStreams) {
    let input = try socketPair()
    let output = try pipe()
    let errors = try pipe()
    let child = try spawn(input.theirs, output.theirs, errors.theirs)
    return (child, CommandStreams(input: input.ours, stdin: stdin, output: output.ours, errors: errors.ours))
  }

  private var name: String { arguments.first ?? "nothing" }

  private func finish(_ child: pid_t, _ streams: inout CommandStreams) throws(WorkspaceError) -> Output {
    let deadline = Self.seconds() + timeout
    var failure: WorkspaceError?
    do throws(WorkspaceError) {
      while try streams.serve(name) {
        if Self.seconds() > deadline { break }
      }
    } catch {
      failure = error
    }
    var status: Int32 = 0
    while true {
      let ended = waitpid(child, &status, WNOHANG)
      if ended == child { break }
      if ended == -1, errno != EINTR { throw WorkspaceError("wait for", name, errno: errno) }
      if failure != nil || Self.seconds() > deadline {
        kill(isInteractive ? child : -child, SIGKILL)
        failure =
          failure
          ?? WorkspaceError(
            "run", arguments.joined(separator: " "), because: "it took longer than \(timeout) s",
            advice: "see whether its disk or network answers")
      }
      usleep(200)
    }
    if let failure { throw failure }
    let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    return Output(status: code, stdout: streams.stdout, stderr: streams.stderr)
  }

  private func spawn(_ input: Descriptor, _ output: Descriptor, _ errors: Descriptor) throws(WorkspaceError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.number, 0)
    posix_spawn_file_actions_adddup2(&actions, output.number, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.number, 2)
    let moved = linux_spawn_chdir(&actions, folder)
    guard moved == 0 else { throw WorkspaceError("run in", folder, errno: moved) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    let group = isInteractive ? 0 : Int16(POSIX_SPAWN_SETPGROUP)
    posix_spawnattr_setflags(&attributes, group | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    var child: pid_t = 0
    let code = Self.withVector(arguments) { argv in
      Self.withVector(environment) { envp in
        argv[0].map { posix_spawnp(&child, $0, &actions, &attributes, argv, envp) } ?? EINVAL
      }
    }
    guard code == 0 else {
      throw WorkspaceError("run", name, errno: code, advice: code == ENOENT ? "install \(name)" : nil)
    }
    return child
  }

  /// Lends texts as a C vector that ends in NULL.
  private static func withVector<Answer>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Answer
  ) -> Answer {
    var vector = texts.map { strdup($0) } + [nil]
    defer { for text in vector { free(text) } }
    return vector.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("a vector with its NULL is never empty") }
      return body(start)
    }
  }

  /// A pipe whose ends no other command that is started meanwhile inherits.
  private func pipe() throws(WorkspaceError) -> (ours: Descriptor, theirs: Descriptor) {
    var ends: [Int32] = [-1, -1]
    try FileSystemCalls.retrying("make a pipe for", name) { linux_pipe(&ends) }
    return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
  }

  /// A socket for stdin: send(2) with MSG_NOSIGNAL spares us the SIGPIPE of a command that doesn't read on.
  private func socketPair() throws(WorkspaceError) -> (ours: Descriptor, theirs: Descriptor) {
    var ends: [Int32] = [-1, -1]
    try FileSystemCalls.retrying("make a socket for", name) {
      socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
    }
    return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
  }

  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
