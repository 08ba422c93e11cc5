internal import Glibc
internal import Harness
internal import Ledger
internal import LoopControl
internal import Sandbox

/// A loop in the background: this command line once more, in a session of its own, under a supervisor.
///
/// The supervisor is this program too. It starts the loop and takes it up again where a signal ended it (a kill, the kernel out of
/// memory) as long as it gets further. It holds nothing that a kill could lose.
enum Detached {
  /// Starts the supervisor, or is it; never returns.
  ///
  /// - Parameter loop: The loop that is to go on; nil for a new one.
  static func run(root: String, loop: Int64? = nil, isSupervisor: Bool) -> Never {
    do {
      let state = try StateFolder(checkout: root, environment: HarnessLocation.environment)
      if isSupervisor { try supervise(root: root, loop, state) }
      try start(root: root, loop, state)
    } catch { Exit.failure("belljar: \(error)", code: 125) }
  }

  private static func start(root: String, _ known: Int64?, _ state: StateFolder) throws -> Never {
    if let process = LoopLock.holder(state.path) { throw LoopIsRunning(process: process) }
    let log = "\(state.path)/loop.log"
    let ledger = try Ledger(path: state.ledger)
    let words = CommandLine.arguments.dropFirst().filter { $0 != "--detach" } + ["--supervised"]
    let supervisor = try Spawn.start(words, log: log, ownSession: true)
    // Until the loop is seen, or has failed before it could be.
    for _ in 0..<1200 {
      if let loop = try watched(known, ledger, root: root),
        try LoopStatus(loop, ledger: ledger, folder: state.path).process != nil
      {
        print("loop \(loop.id) runs in the background; `belljar status`, `belljar pause`, `belljar cancel`")
        print("what it prints goes to \(log)")
        Exit.now(0)
      }
      if let status = Spawn.ended(supervisor, wait: false) {
        if status == 0 {
          print("the loop has ended already; `belljar status`")
          Exit.now(0)
        }
        let text = readFile(log, most: .max).map { String(decoding: $0.suffix(2000), as: UTF8.self) } ?? ""
        Exit.failure("belljar: the loop ended at once:\n\(TerminalText.safe(text))", code: status)
      }
      usleep(50_000)
    }
    Exit.failure("belljar: no loop began within a minute; see \(log)", code: 125)
  }

  private static func watched(_ known: Int64?, _ ledger: Ledger, root: String) throws -> LoopRecord? {
    try known.map(ledger.loop) ?? ledger.latestLoop(checkout: root)
  }

  private static func supervise(root: String, _ known: Int64?, _ state: StateFolder) throws -> Never {
    // The terminal's end is nothing to us. A loop that is started from here inherits it.
    signal(SIGHUP, SIG_IGN)
    let ledger = try Ledger(path: state.ledger)
    let before = try ledger.latestLoop(checkout: root)
    let resumptions = try before.map { try ledger.count(.resumed, loop: $0.id) } ?? 0
    var words = CommandLine.arguments.dropFirst().filter { $0 != "--supervised" }
    var (reached, fruitless) = (-1, 0)
    while true {
      let status = Spawn.ended(try Spawn.start(words, log: nil, ownSession: false), wait: true) ?? 125
      guard status > 128, status != 130 else { Exit.now(status) }
      // It was killed: go on with the loop that it had begun, or taken up, as long as that leads anywhere. One that is there from
      // before and was left alone is not ours.
      if let loop = try watched(known, ledger, root: root),
        try words.first == "resume" || loop.id > (before?.id ?? 0)
          || ledger.count(.resumed, loop: loop.id) > resumptions
      {
        let position = try ledger.lastFinished(loop: loop.id)?.number ?? -1
        fruitless = position > reached ? 0 : fruitless + 1
        reached = position
        if words.first != "resume" { words = resuming(loop.id, words) }
      } else {
        fruitless += 1
      }
      if fruitless >= 3 {
        Exit.failure("belljar: the loop was killed three times without getting further; left as it is", code: status)
      }
      Exit.note("belljar: the loop was ended by signal \(status - 128); it goes on")
      sleep(1)
    }
  }

  private static func resuming(_ loop: Int64, _ words: [String]) -> [String] {
    var next = ["resume", "--loop", "\(loop)"]
    let kept = ["--harness", "--format", "--cores", "--memory"]
    for (index, word) in words.enumerated() {
      if kept.contains(word), index + 1 < words.count { next += [word, words[index + 1]] }
      if kept.contains(where: { word.hasPrefix("\($0)=") }) { next.append(word) }
    }
    return next
  }
}

/// This program once more, as a process of its own.
enum Spawn {
  /// - Parameters:
  ///   - log: Where its output goes, added at the end; nil for where ours goes.
  ///   - ownSession: Whether it leaves our terminal (setsid(2)).
  static func start(_ words: [String], log: String?, ownSession: Bool) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if let log {
      posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
      posix_spawn_file_actions_adddup2(&actions, 1, 2)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // POSIX_SPAWN_SETSID of glibc, which only <spawn.h> with _GNU_SOURCE names.
    if ownSession { posix_spawnattr_setflags(&attributes, 0x80) }
    var arguments: [UnsafeMutablePointer<CChar>?] = (["belljar"] + words).map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    var process = pid_t()
    let answer = posix_spawn(&process, "/proc/self/exe", &actions, &attributes, arguments, environ)
    guard answer == 0 else {
      throw SandboxError("start", "belljar \(words.first ?? "")", String(cString: strerror(answer)))
    }
    return process
  }

  /// A process's exit code, or 128 and the signal that ended it; nil while it lives.
  static func ended(_ process: pid_t, wait: Bool) -> Int32? {
    var status: Int32 = 0
    while true {
      let answer = waitpid(process, &status, wait ? 0 : WNOHANG)
      if answer == process { return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f }
      if answer == 0 { return nil }
      if errno != EINTR { return 125 }
    }
  }
}
