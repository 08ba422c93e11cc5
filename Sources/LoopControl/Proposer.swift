internal import Agents
internal import Glibc
internal import Harness
internal import Sandbox
internal import Workspace

/// What an agent came up with.
enum Proposal {
  /// Changes against the champion's tree. `key` names the point or the edit; it is empty where the agent has no such notion.
  case changes(Changes, key: String, note: String)
  /// A proposal that breaks a rule before it is evaluated.
  case rejected(String, note: String)
  /// The agent ended without changing anything.
  case nothing(String)
  /// The agent itself failed.
  case failed(String)
  /// A search has nothing left to try.
  case exhausted
}

/// Asks the harness's agent for the next candidate.
struct Proposer {
  let bench: Workbench
  let agent: HarnessAgent
  private var files = EditableFiles()
  private var baselineFiles: [TreePath: [UInt8]]?

  init(bench: Workbench, agent: HarnessAgent) {
    self.bench = bench
    self.agent = agent
  }

  /// - Parameter clues: What is known of why the champion's gates fail.
  mutating func propose(
    champion: Specimen, baseline: Specimen, history: [PastTry], prompt: String, clues: [String], seed: UInt64
  ) throws -> Proposal {
    switch agent.kind {
    case .tune:
      if baselineFiles == nil {
        try files.follow(baseline.tree, bench)
        baselineFiles = files.contents
      }
      return try edit(TuneAgent(baseline: baselineFiles), champion: champion, history: history, seed: seed)
    case .mutate: return try edit(MutateAgent(clues: clues), champion: champion, history: history, seed: seed)
    case .command: return try command(champion: champion, prompt: prompt)
    case .claude, .codex, .gemini:
      throw EvaluationFault.invalid("the agent kind '\(agent.kind.rawValue)' is not in this version; use 'command'")
    }
  }

  private mutating func edit(
    _ agent: some EditAgent, champion: Specimen, history: [PastTry], seed: UInt64
  ) throws -> Proposal {
    try files.follow(champion.tree, bench)
    guard let proposal = try agent.propose(champion: files.contents, history: history, seed: seed) else {
      return .exhausted
    }
    var changes = Changes()
    for (path, bytes) in proposal.files {
      guard let old = champion.tree[path], case .file(_, let executable, _) = old.kind else { continue }
      let digest = try bench.store.put(bytes)
      changes[path] = .write(
        Entry(
          .file(digest, executable: executable, size: bytes.count),
          modified: Entry.newer(than: old.modified, now: Workbench.now())))
    }
    return .changes(changes, key: proposal.key, note: proposal.note)
  }

  /// Runs a command agent in a sandbox of its own, on a copy-on-write view of the champion's tree.
  private func command(champion: Specimen, prompt: String) throws -> Proposal {
    guard let step = agent.step else { return .failed("the agent has no 'run'") }
    let work = try bench.runAgent(step, champion: champion, prompt: prompt, budget: agent.budget)
    defer { bench.release(work) }
    let note = work.note
    guard work.result.outcome.succeeded else {
      let error = work.result.error.text.suffix(500)
      return .failed("the agent \(work.result.outcome.reason)" + (error.isEmpty ? "" : ": \(error)"))
    }
    let reading = try bench.readAgentWork(work, champion: champion)
    if let over = reading.overLimit { return .rejected(over, note: note) }
    guard reading.violations.isEmpty else {
      let paths = reading.violations.prefix(5).map(\.description).joined(separator: ", ")
      return .rejected("changed what is fixed: \(paths)", note: note)
    }
    guard !reading.accepted.isEmpty else { return .nothing(note) }
    return .changes(reading.accepted, key: "", note: note)
  }
}
