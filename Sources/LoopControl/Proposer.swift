internal import Agents
internal import Glibc
internal import Harness
internal import Ledger
internal import Sandbox
internal import Workspace

/// What an agent came up with.
enum Proposal {
  /// Changes against the parent's tree. `key` names the point or the edit; it is empty where the agent has no such notion.
  case changes(Changes, key: String, note: String)
  /// A proposal that breaks a rule before it is evaluated.
  case rejected(String, note: String)
  /// The agent ended without changing anything.
  case nothing(String)
  /// The model would not do it.
  case refused(String)
  /// The agent itself failed.
  case failed(String)
  /// The account's limit is reached; nothing was tried.
  case limited(String, until: UsageLimitEnd?)
  /// The model's API takes no key: no further try would fare better.
  case noAccess(String)
  /// A search has nothing left to try.
  case exhausted
}

/// What is asked for one proposal.
struct Ask {
  let number: Int
  let parent: Specimen
  let baseline: Specimen
  let history: [PastTry]
  /// What each step is told.
  let prompts: [String]
  /// What is known of why the champion's gates fail.
  let clues: [String]
  let seed: UInt64
}

/// Asks the harness's agents for the next candidate.
struct Proposer {
  let bench: Workbench
  private let ledger: Ledger
  private let agents: [HarnessAgent]
  /// Is told of what an agent does while it works.
  private let tell: (LoopEvent) -> Void
  private var files = EditableFiles()
  private var baselineFiles: [TreePath: [UInt8]]?
  /// Whether the programs' versions were looked at.
  private var isVersionKnown = false
  private var replay: ReplayAgent?
  /// The loop, for homes that last.
  var loop: Int64 = 0

  init(bench: Workbench, ledger: Ledger, tell: @escaping (LoopEvent) -> Void) {
    self.bench = bench
    self.ledger = ledger
    agents = bench.harness.agents
    self.tell = tell
  }

  /// - Returns: the proposal, and what each step of a pipeline came to, also where one failed.
  mutating func propose(_ ask: Ask) throws -> (proposal: Proposal, runs: [AgentRun]) {
    guard let agent = agents.first else { throw EvaluationFault.invalid("the harness has no agent") }
    switch agent.kind {
    case .tune:
      if baselineFiles == nil {
        try files.follow(ask.baseline.tree, bench)
        baselineFiles = files.contents
      }
      return (try edit(TuneAgent(baseline: baselineFiles), ask), [])
    case .mutate: return (try edit(MutateAgent(clues: ask.clues), ask), [])
    case .replay: return (try recorded(agent, ask), [])
    case .command, .claude, .codex, .gemini, .model: return try pipeline(ask)
    }
  }

  private mutating func edit(_ agent: some EditAgent, _ ask: Ask) throws -> Proposal {
    try files.follow(ask.parent.tree, bench)
    guard
      let proposal = try agent.propose(champion: files.contents, history: ask.history, seed: ask.seed)
    else { return .exhausted }
    var changes = Changes()
    for (path, bytes) in proposal.files {
      guard let old = ask.parent.tree[path], case .file(_, let executable, _) = old.kind else { continue }
      let digest = try bench.store.put(bytes)
      changes[path] = .write(
        Entry(
          .file(digest, executable: executable, size: bytes.count),
          modified: Entry.newer(than: old.modified, now: Workbench.now())))
    }
    return .changes(changes, key: proposal.key, note: proposal.note)
  }

  /// The next candidate of a recorded loop.
  private mutating func recorded(_ agent: HarnessAgent, _ ask: Ask) throws -> Proposal {
    let source = try replay ?? recordedLoop(agent.loop ?? "")
    replay = source
    let last = ask.history.last.flatMap { Replay.number(ofKey: $0.key) } ?? 0
    guard
      let next = try source.proposal(
        after: last, on: ask.baseline.tree, champion: ask.parent.tree, now: Workbench.now()),
      next.number != nil
    else { return .exhausted }
    return .changes(next.changes, key: next.key, note: next.note)
  }

  private func recordedLoop(_ name: String) throws -> ReplayAgent {
    guard let found = try ReplayAgent.find(name, in: ledger, checkout: bench.root, before: loop) else {
      throw EvaluationFault.invalid("there is no earlier loop '\(name)' to replay; `belljar list` shows what there is")
    }
    return try ReplayAgent(ledger: ledger, loop: found, from: bench.store, into: bench.store)
  }

  /// Runs the steps one after the other on the same view of the tree; the first that fails ends the proposal.
  private mutating func pipeline(_ ask: Ask) throws -> (Proposal, [AgentRun]) {
    let place = try bench.newWorkplace(on: ask.parent)
    defer { bench.release(place) }
    if !isVersionKnown {
      for agent in agents { try bench.checkVersion(of: agent, in: place) }
      isVersionKnown = true
    }
    var runs: [AgentRun] = []
    for (index, agent) in agents.enumerated() {
      tell(.agent(number: ask.number, step: agent.name, "begins"))
      let run = try run(agent, at: index, ask, in: place, before: runs.last)
      runs.append(run)
      if let failure = failure(of: run) { return (failure, runs) }
    }
    let note = runs.last?.note ?? ""
    let reading = try bench.read(place)
    if let over = reading.overLimit { return (.rejected(over, note: note), runs) }
    guard reading.violations.isEmpty else {
      let paths = reading.violations.prefix(5).map(\.description).joined(separator: ", ")
      return (.rejected("changed what is fixed: \(paths)", note: note), runs)
    }
    guard !reading.accepted.isEmpty else { return (.nothing(note), runs) }
    return (.changes(reading.accepted, key: "", note: note), runs)
  }

  private func run(
    _ agent: HarnessAgent, at index: Int, _ ask: Ask, in place: Workplace, before: AgentRun?
  ) throws -> AgentRun {
    let home = agent.context == .continued ? try continuedHome(agent, ask.number) : nil
    var prompt = ask.prompts[index]
    if let before { prompt += PromptText.afterStep(before) }
    if let told = try home?.tail() { prompt += PromptText.lastTrace(told) }
    let number = ask.number
    let progress: @Sendable (TraceEvent) -> Void = { [tell = SendableTell(tell)] event in
      guard event.kind == .toolCall || event.kind == .message else { return }
      tell.tell(.agent(number: number, step: agent.name, event.name ?? event.text))
    }
    let iteration = agents.count == 1 ? "\(number)" : "\(number).\(index + 1)"
    let run =
      agent.kind == .model
      ? try bench.askModel(agent, in: place, prompt: prompt, iteration: iteration)
      : try bench.runAgent(agent, in: place, prompt: prompt, home: home, iteration: iteration, watching: progress)
    if run.session == nil { try home?.keep(tail: run.lastWords) }
    return run
  }

  /// A home that lasts from try to try, made anew at every checkpoint.
  private func continuedHome(_ agent: HarnessAgent, _ number: Int) throws -> AgentHome {
    let home = try AgentHome(state: bench.state, loop: loop, step: agent.name)
    if let checkpoint = agent.checkpoint, (number - 1).isMultiple(of: checkpoint) { try home.clear() }
    return home
  }

  /// What a step that did not do its work makes of the proposal; nil where it did.
  private func failure(of run: AgentRun) -> Proposal? {
    let name = agents.count == 1 ? "the agent" : "the step '\(run.agent.name)'"
    switch run.end {
    case .finished: return nil
    case .refused(let why): return .refused("\(name) refused: \(why)")
    case .crashed(let why): return .failed("\(name) failed: \(why.suffix(600))")
    case .budget(let why): return .failed("\(name) ran into its limit: \(why.suffix(600))")
    case .usageLimit(let why, let until): return .limited("\(name): \(why.suffix(300))", until: until)
    case .authentication(let why): return .noAccess("\(name) has no access to its model: \(why.suffix(300))")
    case .network(let why): return .failed("\(name) could not reach its model: \(why.suffix(300))")
    }
  }
}

/// The loop's listener, called from the thread that runs the sandbox, which is the loop's own.
private struct SendableTell: @unchecked Sendable {
  let tell: (LoopEvent) -> Void
  init(_ tell: @escaping (LoopEvent) -> Void) { self.tell = tell }
}
