internal import Harness
internal import Ledger
internal import Scoring
internal import Workspace

extension LoopRunner {
  /// Measures a try's candidate where it has one, and records the verdict.
  func conclude(_ attempt: Attempt) throws {
    let began = Clock.working()
    var judgement = Judgement(verdict: .rejected, reason: "", specimen: champion)
    var note = ""
    var key = ""
    switch attempt.proposal {
    case .exhausted?:
      exhausted = true
      return try finish(
        attempt.number, verdict: .discarded, reason: Self.nothingLeft, specimen: nil, edit: nil, note: nil, scores: [],
        objective: nil, seconds: attempt.seconds, moves: false, runs: attempt.bench.takeRuns())
    case .failed(let why)?, .limited(let why, _)?, .noAccess(let why)?:
      judgement.verdict = .invalid
      judgement.reason = why
    case .nothing(let trace)?:
      note = trace
      judgement.verdict = .discarded
      judgement.reason = "the agent changed nothing"
    case .refused(let why)?:
      note = why
      judgement.verdict = .discarded
      judgement.reason = why
    case .rejected(let why, let trace)?:
      note = trace
      judgement.reason = why
    case .changes(let changes, let name, let trace)?:
      key = name
      note = trace
      if let limit = attempt.limit {
        judgement.verdict = .invalid
        judgement.reason = limit.why
        judgement.specimen = unjudged(changes, of: attempt, on: attempt.parent.specimen)
      } else {
        judgement = try measured(attempt, changes) ?? judgement
      }
    case nil: break
    }
    try DiskSpace.require(bench.state.path)
    // As the ledger keeps them, so that the next prompt is the same whether it comes from memory or from there.
    judgement.reason = kept(judgement.reason)
    try conclude(
      attempt, judgement, key: kept(key), note: kept(note), seconds: attempt.seconds + Clock.working() - began)
  }

  /// The verdict on a candidate that went through its gates. Nothing of ours runs beside it.
  private func measured(_ attempt: Attempt, _ changes: Changes) throws -> Judgement? {
    guard var gated = attempt.judgement, gated.passesGates else { return attempt.judgement }
    var remark: String?
    if championNumber != attempt.championNumber {
      if bench.harness.loop.strategy == .retry {
        gated.reason = "try \(championNumber), made beside it, passed first"
        return gated
      }
      if attempt.parent.number == attempt.championNumber {
        let moved = attempt.champion.tree.changes(to: champion.tree)
        if let both = changes.overlap(with: moved) {
          remark = "not laid on try \(championNumber), made beside it: both change \(both)"
        } else {
          remark = "laid on try \(championNumber), made beside it"
          bench.discard(gated.specimen)
          do {
            gated = try waitingForJudges(attempt.number) {
              try work.gate(changes, of: attempt, on: champion, champion: champion)
            }
          } catch EvaluationFault.unavailable(let why) {
            return Judgement(verdict: .invalid, reason: why, specimen: unjudged(changes, of: attempt, on: champion))
          }
        }
      }
    }
    try behind.finish()
    var judge = work.judge(attempt)
    judge.progress = { [tell, number = attempt.number] in tell(.pair(number: number, pairs: $0, ratio: $1)) }
    var judgement = gated
    do {
      judgement = try waitingForJudges(attempt.number) {
        try judge.measure(gated, champion: champion, baseline: baseline)
      }
    } catch EvaluationFault.unavailable(let why) {
      judgement.verdict = .invalid
      judgement.reason = why
    }
    if let remark { judgement.reason += "; \(remark)" }
    return judgement
  }

  /// A try's candidate whose judges could not be heard: for the record alone, nothing of it is laid out any more.
  private func unjudged(_ changes: Changes, of attempt: Attempt, on parent: Specimen) -> Specimen {
    var candidate = baseline.unbuilt
    candidate.name = "candidate \(attempt.number)"
    candidate.changes = changes.merged(over: parent.changes, base: baseline.tree)
    candidate.tree = baseline.tree.applying(candidate.changes)
    candidate.stored = nil
    return candidate
  }

  /// Removes the layers that were laid out for a try's beginning alone.
  func release(_ attempt: Attempt) {
    if attempt.parent.number != 0, attempt.parent.number != championNumber { bench.discard(attempt.parent.specimen) }
  }
}
