internal import Agents
internal import Harness
internal import Ledger
internal import LoopControl
internal import Reporting
internal import Sandbox
internal import StrictYAML
internal import Workspace

/// A loop that is to run in this process, whichever command asked for it.
struct LoopRequest {
  enum Choice {
    case new
    /// Go on with the latest loop where it was killed and is about the same; else begin a new one.
    case resumeIfKilled
    /// Go on with a loop, the latest by default.
    case resume(LoopRecord?)
  }

  /// The harness file that is there now; nil where the loop's own counts.
  var location: HarnessLocation?
  let root: String
  var prompt: String?
  var seed: Int?
  var iterations: Int?
  /// Its share of the machine where the command line says one.
  let share: MachineShareOptions
  let choice: Choice

  /// A loop by the harness file that is there now.
  init(
    location: HarnessLocation, prompt: String? = nil, seed: Int? = nil, iterations: Int? = nil,
    share: MachineShareOptions, choice: Choice
  ) {
    self.location = location
    root = location.root
    self.prompt = prompt
    self.seed = seed
    self.iterations = iterations
    self.share = share
    self.choice = choice
  }

  /// A recorded loop, whatever has become of its harness file.
  init(root: String, share: MachineShareOptions, choice: Choice) {
    self.root = root
    self.share = share
    self.choice = choice
  }

  /// Runs it to its end.
  ///
  /// - Returns: The process's exit code.
  func run(_ display: LoopDisplay) -> Int32 {
    // Struck of secrets: a detached loop's words are kept in a file.
    var strike: (String) -> String = { $0 }
    do {
      return try start(display) { strike = $0 }
    } catch EvaluationFault.invalid(let why) {
      Exit.note("belljar loop: \(strike(why))")
      return 1
    } catch let error as YAMLError {
      Exit.note("\(error)")
      return 65
    } catch EvaluationFault.cancelled {
      Exit.note("belljar loop: cancelled")
      return 130
    } catch {
      Exit.note("belljar loop: \(strike("\(error)"))")
      return 125
    }
  }

  private func start(_ display: LoopDisplay, strikingBy tellStriker: (@escaping (String) -> String) -> Void) throws
    -> Int32
  {
    let state = try StateFolder(checkout: root, environment: HarnessLocation.environment)
    let lock = try LoopLock(state.path)
    defer { withExtendedLifetime(lock) {} }
    let ledger = try Ledger(path: state.ledger)
    let resumed = try loopToResume(ledger)
    guard let location = try resumed.map(Self.location) ?? location else {
      throw EvaluationFault.invalid("there is no loop to go on with")
    }
    location.requireTrust()
    tellStriker(location.file.secretStriker(UserEnvironment.values).struck)
    let harness = try share.applied(to: location.file)
    guard !harness.agents.isEmpty else {
      throw EvaluationFault.invalid(
        "\(location.path): no agent: add 'agent: {kind: claude}', codex, gemini, model, command, tune or mutate")
    }
    let held = try LoopShare(harness.loop, folder: state.path)
    defer { withExtendedLifetime(held) {} }
    for note in held?.notes ?? [] { Exit.note("note: \(note)") }
    let base = try resumed.map { try Tree($0.start.baselineTree, in: ObjectStore(root: state.path)) }
    let bench = try location.bench(state, harness: harness, base: base)
    let prompts = try harness.agents.map { agent in try prompt ?? Self.prompt(of: agent, in: location.folder) }
    display.minimize = harness.objective?.direction != .maximize
    let runner = LoopRunner(
      bench: bench, ledger: ledger, prompts: prompts, seed: seed ?? harness.loop.seed, iterationLimit: iterations,
      environment: UserEnvironment.values, resuming: resumed, tell: { display.show($0) })
    let summary = try runner.run()
    if summary.end == .cancelled { return 130 }
    return summary.succeeded ? 0 : 1
  }

  private static func prompt(of agent: HarnessAgent, in folder: String) throws -> String? {
    guard let file = agent.prompt else { return nil }
    guard let bytes = readFile("\(folder)/\(file)", most: 1 << 20) else {
      throw EvaluationFault.invalid("\(agent.name): the prompt \(folder)/\(file) can't be read")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func loopToResume(_ ledger: Ledger) throws -> LoopRecord? {
    switch choice {
    case .new: return nil
    case .resume(let named):
      guard let loop = try named ?? ledger.latestLoop(checkout: root) else {
        throw EvaluationFault.invalid("no loop has run on \(root) yet; `belljar loop` starts one")
      }
      try requireResumable(loop)
      return loop
    case .resumeIfKilled:
      guard let loop = try ledger.latestLoop(checkout: root), loop.ended == nil else { return nil }
      guard isAbout(loop) else {
        Exit.note(
          "note: loop \(loop.id) was killed, and is left as it is: the harness or the options are others now; "
            + "`belljar resume --loop \(loop.id)` goes on with it")
        return nil
      }
      Exit.note("note: loop \(loop.id) was killed; going on with it (--new begins another)")
      return loop
    }
  }

  /// Whether a killed loop is what was asked for now.
  private func isAbout(_ loop: LoopRecord) -> Bool {
    loop.start.folder == location?.folder && loop.start.harnessText == location?.file.text
      && (prompt == nil || prompt == loop.start.prompt)
      && (iterations == nil || iterations == loop.start.iterationLimit)
  }

  private func requireResumable(_ loop: LoopRecord) throws {
    guard loop.start.folder != nil else {
      throw EvaluationFault.invalid("loop \(loop.id) is of an older Belljar that could not resume; start a new one")
    }
    guard loop.isOver, let end = loop.endReason else { return }
    throw EvaluationFault.invalid(
      "loop \(loop.id) has ended (\(end)); only one that was killed, cancelled or failed goes on. "
        + "`belljar apply` brings its champion in, `belljar loop` starts another")
  }

  /// The harness as it was when the loop began; the file may have changed since.
  private static func location(_ loop: LoopRecord) throws -> HarnessLocation {
    do {
      var file = try HarnessFile.parse(text: loop.start.harnessText, file: loop.start.harnessPath)
      if let limit = loop.start.iterationLimit { file.loop.stop.iterations = limit }
      let folder = loop.start.folder ?? loop.start.checkout
      let name = loop.start.harnessPath.split(separator: "/").last.map(String.init) ?? "belljar.yaml"
      return HarnessLocation(file: file, path: "\(folder)/\(name)")
    } catch let error as YAMLError {
      throw EvaluationFault.invalid("the harness of loop \(loop.id) can't be read by this Belljar: \(error)")
    }
  }
}
