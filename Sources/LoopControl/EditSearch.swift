internal import Agents
internal import Harness
internal import Ledger
internal import Workspace

/// The searches that are built in: each proposal follows from one seed and the history of those before it.
struct EditSearch {
  private let bench: Workbench
  private let ledger: Ledger
  private var files = EditableFiles()
  private var baselineFiles: [TreePath: [UInt8]]?
  private var replay: ReplayAgent?
  /// The loop that searches: what is replayed is an earlier one.
  var loop: Int64 = 0

  init(bench: Workbench, ledger: Ledger) {
    self.bench = bench
    self.ledger = ledger
  }

  mutating func propose(_ ask: Ask, _ agent: HarnessAgent) throws -> Proposal {
    switch agent.kind {
    case .tune:
      if baselineFiles == nil {
        try files.follow(ask.baseline.tree, bench)
        baselineFiles = files.contents
      }
      return try edit(TuneAgent(baseline: baselineFiles), ask)
    case .mutate: return try edit(MutateAgent(clues: ask.clues), ask)
    case .replay: return try recorded(agent, ask)
    case .command, .claude, .codex, .gemini, .model:
      throw EvaluationFault.invalid("an agent of kind \(agent.kind.rawValue) is no search")
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
}
