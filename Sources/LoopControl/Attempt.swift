internal import Comparison
internal import Harness
internal import Ledger
internal import Scoring
internal import Workspace

/// One try, from its proposal to its verdict.
struct Attempt: Sendable {
  let ask: Ask
  let parent: Parent
  /// The champion when the try began, which an earlier one of its round may have beaten since.
  let champion: Specimen
  let championNumber: Int
  /// A bench of its own, so that its runs are told from those beside it.
  let bench: Workbench
  var proposal: Proposal?
  var runs: [AgentRun] = []
  /// What came of its changes so far.
  var judgement: Judgement?
  /// The limit that its agent, or a judge of its candidate, ran into last.
  var limit: UsageLimit?
  /// Its own time, without what it waited for others.
  var seconds = 0.0

  var number: Int { ask.number }

  var hasChanges: Bool {
    if case .changes? = proposal { true } else { false }
  }
}

/// What is done to a try beside others: agents, build and gates. All of it is safe on any thread.
struct AttemptWork: Sendable {
  let ledger: Ledger
  let behind: WritesBehind
  let loop: Int64
  let baseline: Specimen
  let alpha: AlphaBudget
  let calibration: Calibration?
  let seeds: Seeds

  /// Asks the agents, and takes what they propose through the gates. One whose proposal is there already only has to pass them.
  func make(_ attempt: Attempt, tell: @escaping @Sendable (LoopEvent) -> Void) throws -> Attempt {
    let began = Clock.working()
    var attempt = attempt
    attempt.limit = nil
    if !attempt.hasChanges {
      let proposal: Proposal
      do {
        let (proposed, runs) = try AgentPipeline(bench: attempt.bench, loop: loop, tell: tell).propose(attempt.ask)
        attempt.runs += runs
        proposal = proposed
      } catch EvaluationFault.invalid(let why) {
        // An agent that could not be started, or heard, fails by itself: `stop.failures` counts those in a row.
        proposal = .failed(why)
      }
      attempt.proposal = proposal
      if case .limited(let why, let until) = proposal {
        attempt.limit = UsageLimit(number: attempt.number, why: why, until: until)
      }
    }
    if case .changes(let changes, _, let note)? = attempt.proposal {
      tell(.trying(number: attempt.number, note: note))
      do { attempt.judgement = try gate(changes, attempt) } catch EvaluationFault.limited(let why, let until) {
        attempt.limit = UsageLimit(number: attempt.number, why: why, until: until)
      }
    }
    attempt.seconds += Clock.working() - began
    return attempt
  }

  /// Takes changes of the try's parent through the gates.
  func gate(_ changes: Changes, _ attempt: Attempt) throws -> Judgement {
    try gate(changes, of: attempt, on: attempt.parent.specimen, champion: attempt.champion)
  }

  /// Takes the same changes through the gates on another tree than the try began with.
  func gate(
    _ changes: Changes, of attempt: Attempt, on parent: Specimen, champion: Specimen
  ) throws -> Judgement {
    let bench = attempt.bench
    let cumulative = changes.merged(over: parent.changes, base: baseline.tree)
    var candidate = try bench.specimen("candidate \(attempt.number)", changes: cumulative)
    let stored = try bench.store.put(cumulative.serialized())
    candidate.stored = stored
    try ledger.noteIteration(
      loop: loop, number: attempt.number, state: .evaluating, candidate: stored, tree: candidate.tree.digest, soon: true
    )
    // What a verdict's record names is on the disk before it; the champion's own files are there already.
    try behind.add { [store = bench.store, ledger] in
      try store.sync(changes, and: [stored])
      try ledger.flush()
    }
    do { return try judge(attempt).gate(candidate, champion: champion) } catch {
      bench.discard(candidate)
      throw error
    }
  }

  func judge(_ attempt: Attempt) -> Judge {
    let number = attempt.number
    return Judge(
      bench: attempt.bench, alpha: alpha.comparisonAlpha(of: number), calibration: calibration,
      seed: { [seeds] in seeds.seed(iteration: number, pair: $0, purpose: $1) })
  }
}
