internal import Comparison
internal import Glibc
internal import Harness
internal import Ledger
internal import Scoring

/// The verdict on one candidate, with everything that led to it.
struct Judgement: Sendable {
  var verdict: Verdict
  var reason: String
  var scores: [ScorerOutcome] = []
  /// The candidate as it was built; what a kept one is measured from later.
  var specimen: Specimen
  /// Whether nothing but what is measured stands between it and being kept.
  var passesGates = false
  var objective: ScorerOutcome.Measured? { scores.first { $0.scorer.role == .objective }?.comparison }
}

/// Takes a candidate through the harness: build, gates, objective, guards, holdouts, in this order.
///
/// The first part, build and gates, may run beside other candidates. The second is measured, and runs alone.
struct Judge {
  let bench: Workbench
  /// The error rate of the objective's comparison.
  let alpha: Double
  /// What `belljar calibrate` recorded for this harness.
  var calibration: Calibration?
  let seed: (_ pair: Int, _ purpose: String) -> UInt64
  var progress: ((Int, Double) -> Void)?

  /// Builds a candidate, and runs the gates and what is there for information, as far as it isn't timed.
  func gate(_ candidate: Specimen, champion: Specimen) throws -> Judgement {
    try ruled(Judgement(verdict: .discarded, reason: "", specimen: candidate)) { judgement in
      judgement.specimen = try bench.build(judgement.specimen, cache: champion.cache)
      judgement.passesGates = try passesGates(&judgement, champion, scorers(timed: false))
    }
  }

  /// Measures a candidate that passes its gates, and comes to the verdict; one that doesn't has its verdict.
  func measure(_ gated: Judgement, champion: Specimen, baseline: Specimen) throws -> Judgement {
    guard gated.passesGates else { return gated }
    return try ruled(gated) { try decide(&$0, champion: champion, baseline: baseline) }
  }

  /// What is thrown of the candidate or the harness becomes its verdict.
  private func ruled(_ judgement: Judgement, _ body: (inout Judgement) throws -> Void) throws -> Judgement {
    var judgement = judgement
    do {
      try body(&judgement)
    } catch EvaluationFault.rejected(let why) {
      judgement.verdict = .rejected
      judgement.reason = why
    } catch EvaluationFault.invalid(let why) {
      judgement.verdict = .invalid
      judgement.reason = why
    } catch EvaluationFault.unavailable(let why) {
      judgement.verdict = .invalid
      judgement.reason = why
    }
    return judgement
  }

  /// Gates and what is there for information.
  private func scorers(timed: Bool) -> [HarnessScorer] {
    bench.harness.scorers.filter {
      ($0.role == .gate || $0.role == .info) && ($0.kind == .benchmark) == timed
    }
  }

  private func decide(_ judgement: inout Judgement, champion: Specimen, baseline: Specimen) throws {
    let harness = bench.harness
    guard try passesGates(&judgement, champion, scorers(timed: true)),
      var unclear = try isBetter(&judgement, champion: champion, baseline: baseline)
    else { return }
    // What would be kept is built again without the caches, and gated again. A build that can tell whether there are caches could
    // give other outputs with them: then it is these that are measured.
    if champion.cache != nil {
      let fresh = try bench.build(judgement.specimen.unbuilt, cache: nil)
      let isSame = try bench.haveSameOutputs(fresh, judgement.specimen)
      bench.discardBuild(of: judgement.specimen)
      judgement.specimen = fresh
      let gates = harness.scorers.filter { $0.role == .gate }
      guard try passesGates(&judgement, champion, gates, again: true) else { return }
      if !isSame {
        judgement.scores.removeAll { $0.scorer.role == .objective || $0.scorer.role == .guard }
        guard let anew = try isBetter(&judgement, champion: champion, baseline: baseline) else {
          judgement.reason += " (clean build)"
          return
        }
        unclear = anew
      }
    }
    for scorer in harness.scorers where scorer.role == .holdout {
      try checkSealed(scorer, &judgement, champion)
    }
    judgement.verdict = .kept
    let gain = judgement.objective.map { "better: \(ChangeText.percent($0.ratio))" } ?? "all gates pass"
    judgement.reason = ([gain] + unclear).joined(separator: "; ")
  }

  /// Measures the objective, and the guards where that got better.
  ///
  /// - Returns: What a reader of the verdict should know though it is better; nil, with the reason, where it isn't.
  private func isBetter(_ judgement: inout Judgement, champion: Specimen, baseline: Specimen) throws -> [String]? {
    if let objective = bench.harness.objective {
      var comparison = PairedComparison(bench, scorer: objective)
      comparison.progress = progress
      comparison.screening = CaseCalibration.screening(of: objective, known: calibration?.current(for: objective))
      let outcome = try finding(whoseFaultBy: objective, judgement.specimen, champion) {
        try comparison.compare(
          champion: champion, candidate: judgement.specimen, alpha: alpha, seed: { seed($0, objective.name) })
      }
      judgement.scores.append(outcome)
      guard outcome.comparison?.answer == .better else {
        judgement.reason = notBetter(outcome)
        return nil
      }
    }
    var unclear: [String] = []
    let guards = GuardCheck(bench)
    for scorer in guards.scorers {
      let held = try finding(whoseFaultBy: scorer, judgement.specimen, champion) {
        try guards.compare(scorer, baseline: baseline, with: judgement.specimen) { seed($0, scorer.name) }
      }
      judgement.scores.append(held.outcome)
      if let loss = held.loss { throw EvaluationFault.rejected(loss) }
      if let doubt = held.doubt { unclear.append(doubt) }
    }
    return unclear
  }

  private func passesGates(
    _ judgement: inout Judgement, _ champion: Specimen, _ scorers: [HarnessScorer], again: Bool = false
  ) throws -> Bool {
    for scorer in scorers {
      let outcome = try finding(whoseFaultBy: scorer, judgement.specimen, champion) {
        try bench.evaluate(scorer, judgement.specimen, seed: seed(again ? 1 : 0, scorer.name))
      }
      if !again { judgement.scores.append(outcome) }
      if scorer.role == .gate, outcome.passed != true {
        judgement.verdict = .rejected
        judgement.reason = "gate \(scorer.name)\(again ? " (clean build)" : "") failed: \(outcome.explanation)"
        return false
      }
    }
    return true
  }

  /// A holdout answers pass or fail and nothing else: each word more, also of an error, is a way to learn what is sealed. The
  /// owner finds the rest in the record.
  private func checkSealed(_ scorer: HarnessScorer, _ judgement: inout Judgement, _ champion: Specimen) throws {
    var outcome = ScorerOutcome(scorer: scorer, channel: .outside, passed: false)
    do {
      outcome = try finding(whoseFaultBy: scorer, judgement.specimen, champion) {
        try bench.evaluate(scorer, judgement.specimen, seed: seed(0, scorer.name))
      }
      judgement.scores.append(outcome)
    } catch EvaluationFault.rejected(let why) {
      outcome.explanation = why
      judgement.scores.append(outcome)
    } catch EvaluationFault.invalid(let why) {
      outcome.passed = nil
      outcome.explanation = why
      judgement.scores.append(outcome)
      throw EvaluationFault.invalid("a check that is sealed could not be made (`belljar show` says why)")
    }
    if outcome.passed != true { throw EvaluationFault.rejected("failed a check that is sealed; suspected gaming") }
  }

  /// The fault rule: where a scorer fails, it is tried on the champion. Works there and fails on the candidate once more: the
  /// candidate broke it. This holds for our own score step and for a sandbox that can't even be made, of which a candidate's
  /// files may be the cause; else a candidate that is bad at all else could have itself never judged.
  ///
  /// - Throws: `.rejected` where the candidate broke the scorer, `.invalid` where the scorer failed by itself.
  private func finding<Answer>(
    whoseFaultBy scorer: HarnessScorer, _ candidate: Specimen, _ champion: Specimen, _ body: () throws -> Answer
  ) throws -> Answer {
    let why: String
    do { return try body() } catch let error {
      guard let message = ScorerFault.message(of: error) else { throw error }
      why = message
    }
    if (try bench.fault(of: scorer, on: champion, seed: seed(2, scorer.name))) != nil {
      throw EvaluationFault.invalid("\(why) (on the champion as well)")
    }
    guard let again = try bench.fault(of: scorer, on: candidate, seed: seed(3, scorer.name)) else {
      throw EvaluationFault.invalid("\(why) (once; not a second time)")
    }
    throw EvaluationFault.rejected("broke the scorer: \(again)")
  }

  private func notBetter(_ outcome: ScorerOutcome) -> String {
    guard let measured = outcome.comparison else { return "not better" }
    switch measured.answer {
    case .worse: return "worse: \(ChangeText.percent(measured.ratio))"
    case .same: return "same within \(ChangeText.fraction(outcome.scorer.margin))"
    case .undecided where outcome.scorer.kind == .judge:
      return "undecided after \(measured.pairs) pairs: \(ChangeText.percent(measured.ratio)); \(outcome.explanation)"
    case .undecided where !outcome.explanation.isEmpty && outcome.scorer.kind != .benchmark:
      return "\(outcome.explanation): \(ChangeText.percent(measured.ratio))"
    case .undecided: return "undecided after \(measured.pairs) pairs: \(ChangeText.percent(measured.ratio))"
    case .better: return "better"
    }
  }
}

extension Specimen {
  /// The same without what a build left.
  var unbuilt: Specimen {
    var copy = self
    copy.built = nil
    copy.cache = nil
    return copy
  }
}
