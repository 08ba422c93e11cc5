internal import ArgumentParser
internal import Glibc
internal import Harness
internal import Ledger
internal import LoopControl
internal import Reporting
internal import StrictYAML
internal import Workspace

/// `belljar loop`: proposes, judges, keeps or discards, until a stop rule ends it.
struct LoopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loop", abstract: "Improve the tree in a loop, every try in a sandbox.",
    discussion: """
      With a belljar.yaml: belljar loop [--harness PATH]. Without one:

        belljar loop "fix the parser" --until 'make test' --surface 'src/**' --agent mutate
        belljar loop "make it smaller" --score './size.sh' --minimize --surface 'src/**' --agent command --run ./agent.sh

      The checkout is never written; `belljar apply` brings the champion in. Ctrl-C ends the loop cleanly, twice at once.
      Exit codes: 0 improved (or all gates pass), 1 not, 65 a wrong harness file, 125 Belljar failed, 130 cancelled.
      """)
  @OptionGroup var harness: HarnessOptions
  @Argument(help: "What the agent is asked for, without a harness file.") var prompt: String?
  @Option(help: ArgumentHelp("Retry until this command succeeds.", valueName: "cmd")) var until: String?
  @Option(help: ArgumentHelp("Optimize the number that this command prints.", valueName: "cmd")) var score: String?
  @Flag(help: "Less is better.") var minimize = false
  @Flag(help: "More is better.") var maximize = false
  @Option(help: ArgumentHelp("Files that may be changed.", valueName: "glob")) var surface: [String] = []
  @Option(help: "command, tune or mutate.") var agent: String?
  @Option(name: .customLong("run"), help: ArgumentHelp("The command agent's program.", valueName: "cmd"))
  var agentRun: String?
  @Option(help: ArgumentHelp("At most so many tries.", valueName: "n")) var iterations: Int?
  @Option(help: ArgumentHelp("Makes the loop reproducible.", valueName: "n")) var seed: Int?
  @Option(help: "text, or json: one object a line.") var format: OutputFormat = .text

  func run() throws {
    var location = try makeLocation()
    location.requireTrust()
    location.warnOfNoise()
    var harness = location.file
    guard let kind = harness.agent else {
      Exit.failure("\(location.path): no agent: add 'agent: {kind: tune}', mutate or command", code: 65)
    }
    if let iterations { harness.loop.stop.iterations = iterations }
    location = HarnessLocation(file: harness, path: location.path)
    let code: Int32
    do { code = try loop(location, agent: kind) } catch EvaluationFault.invalid(let why) {
      Exit.failure("belljar loop: \(why)", code: 1)
    } catch EvaluationFault.cancelled {
      Exit.failure("belljar loop: cancelled", code: 130)
    } catch { Exit.failure("belljar loop: \(error)", code: 125) }
    Exit.now(code)
  }

  /// In a function of its own, so that everything it made is released before the process ends.
  private func loop(_ location: HarnessLocation, agent kind: HarnessAgent) throws -> Int32 {
    let harness = location.file
    let state = try location.state()
    let lock = try LoopLock(state.path)
    defer { withExtendedLifetime(lock) {} }
    let bench = try Workbench(
      harness: harness, folder: location.folder, root: location.root, state: state,
      cancellation: Interrupts.cancellation())
    let ledger = try Ledger(path: state.ledger)
    let own =
      prompt
      ?? kind.prompt.flatMap { HostPath.contents("\(location.folder)/\($0)") }
      .map { String(decoding: $0, as: UTF8.self) }
    let display = LoopDisplay(format: format, minimize: harness.objective?.direction != .maximize)
    let runner = LoopRunner(
      bench: bench, ledger: ledger, agent: kind, prompt: own, seed: seed ?? harness.loop.seed,
      tell: { display.show($0) })
    let summary = try runner.run()
    if summary.end == .cancelled { return 130 }
    return summary.succeeded ? 0 : 1
  }

  private func makeLocation() throws -> HarnessLocation {
    guard until != nil || score != nil else { return HarnessLocation(harness) }
    do {
      let text = try QuickHarness(
        goal: prompt ?? "", until: until, score: score, maximize: maximize, minimize: minimize, surface: surface,
        agent: agent ?? "command", run: agentRun
      ).text()
      let path = try HostPath.current() + "/belljar.yaml"
      return HarnessLocation(file: try HarnessFile.parse(text: text, file: "(command line)"), path: path)
    } catch let error as YAMLError {
      Exit.failure("\(error)", code: 64)
    }
  }
}

/// One loop a checkout at a time, by a lock that a crash releases (flock(2)).
final class LoopLock {
  private let descriptor: Int32

  init(_ folder: String) throws {
    descriptor = open("\(folder)/loop.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let number = errno
      if descriptor >= 0 { close(descriptor) }
      throw LockError(
        description: number == EWOULDBLOCK
          ? "another loop runs on this checkout; wait for it, or end it with Ctrl-C"
          : "\(folder)/loop.lock: \(String(cString: strerror(number)))")
    }
  }

  deinit { close(descriptor) }

  /// Whether a loop runs on the checkout of this state folder.
  static func isHeld(_ folder: String) -> Bool {
    let descriptor = open("\(folder)/loop.lock", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }
}

struct LockError: Error, CustomStringConvertible { let description: String }
