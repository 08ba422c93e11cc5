internal import Comparison
internal import Glibc
internal import Harness
internal import Ledger
internal import Scoring

/// The verdict on one candidate, with everything that led to it.
struct Judgement {
  var verdict: Verdict
  var reason: String
  var scores: [ScorerOutcome] = []
  /// The candidate as it was built; what a kept one is measured from later.
  var specimen: Specimen
  var objective: ScorerOutcome.Measured? { scores.first { $0.scorer.role == .objective }?.comparison }
}

/// Takes a candidate through the harness: build, gates, objective, guards, holdouts, in this order.
struct Judge {
  let bench: Workbench
  /// The error rate of the objective's comparison.
  let alpha: Double
  /// What `belljar calibrate` recorded for this harness.
  var calibration: Calibration?
  let seed: (_ pair: Int, _ purpose: String) -> UInt64
  var progress: ((Int, Double) -> Void)?

  func judge(_ candidate: Specimen, champion: Specimen, baseline: Specimen) throws -> Judgement {
    var judgement = Judgement(verdict: .discarded, reason: "", specimen: candidate)
    do {
      try decide(&judgement, champion: champion, baseline: baseline)
    } catch EvaluationFault.rejected(let why) {
      judgement.verdict = .rejected
      judgement.reason = why
    } catch let broken as ScorerBroken {
      try blame(&judgement, broken, champion: champion)
    } catch EvaluationFault.invalid(let why) {
      judgement.verdict = .invalid
      judgement.reason = why
    }
    return judgement
  }

  private func decide(_ judgement: inout Judgement, champion: Specimen, baseline: Specimen) throws {
    let harness = bench.harness
    judgement.specimen = try bench.build(judgement.specimen, cache: champion.cache)
    guard try passesGates(&judgement) else { return }
    if let objective = harness.objective {
      var comparison = PairedComparison(bench, scorer: objective)
      comparison.progress = progress
      comparison.screening = CaseCalibration.screening(of: objective, known: calibration?.current(for: objective))
      let outcome = try comparison.compare(
        champion: champion, candidate: judgement.specimen, alpha: alpha, seed: { seed($0, objective.name) })
      judgement.scores.append(outcome)
      guard outcome.comparison?.answer == .better else {
        judgement.reason = notBetter(outcome)
        return
      }
    }
    var unclear: [String] = []
    let guards = GuardCheck(bench)
    for scorer in guards.scorers {
      let finding = try guards.compare(scorer, baseline: baseline, with: judgement.specimen) { seed($0, scorer.name) }
      judgement.scores.append(finding.outcome)
      if let loss = finding.loss { throw EvaluationFault.rejected(loss) }
      if let doubt = finding.doubt { unclear.append(doubt) }
    }
    // What would be kept is built again without the caches, and gated again.
    if champion.cache != nil {
      let fresh = try bench.build(judgement.specimen.unbuilt, cache: nil)
      bench.discard(judgement.specimen)
      judgement.specimen = fresh
      guard try passesGates(&judgement, again: true) else { return }
    }
    for scorer in harness.scorers where scorer.role == .holdout {
      let outcome = try bench.evaluate(scorer, judgement.specimen, seed: seed(0, scorer.name))
      judgement.scores.append(outcome)
      guard outcome.passed == true else {
        // The agent is told only that a check failed; the owner finds the rest in the record.
        throw EvaluationFault.rejected("failed a check that is sealed; suspected gaming")
      }
    }
    judgement.verdict = .kept
    let gain = judgement.objective.map { "better: \(ChangeText.percent($0.ratio))" } ?? "all gates pass"
    judgement.reason = ([gain] + unclear).joined(separator: "; ")
  }

  private func passesGates(_ judgement: inout Judgement, again: Bool = false) throws -> Bool {
    for scorer in bench.harness.scorers where scorer.role == .gate || scorer.role == .info {
      if scorer.role == .info, again { continue }
      let outcome = try bench.evaluate(scorer, judgement.specimen, seed: seed(again ? 1 : 0, scorer.name))
      if !again { judgement.scores.append(outcome) }
      if scorer.role == .gate, outcome.passed != true {
        judgement.verdict = .rejected
        judgement.reason = "gate \(scorer.name)\(again ? " (clean build)" : "") failed: \(outcome.explanation)"
        return false
      }
    }
    return true
  }

  /// Our score step failed: works on the champion and fails twice on the candidate: the candidate broke it.
  private func blame(_ judgement: inout Judgement, _ broken: ScorerBroken, champion: Specimen) throws {
    for scorer in bench.harness.scorers where broken.message.hasPrefix("\(scorer.name):") {
      do {
        _ = try bench.evaluate(scorer, champion, seed: seed(2, scorer.name))
      } catch is ScorerBroken {
        judgement.verdict = .invalid
        judgement.reason = broken.message + " (on the champion as well)"
        return
      }
      do {
        _ = try bench.evaluate(scorer, judgement.specimen, seed: seed(3, scorer.name))
        judgement.verdict = .invalid
        judgement.reason = broken.message + " (once; not a second time)"
      } catch is ScorerBroken {
        judgement.verdict = .rejected
        judgement.reason = "broke the scorer: \(broken.message)"
      }
      return
    }
    judgement.verdict = .invalid
    judgement.reason = broken.message
  }

  private func notBetter(_ outcome: ScorerOutcome) -> String {
    guard let measured = outcome.comparison else { return "not better" }
    switch measured.answer {
    case .worse: return "worse: \(ChangeText.percent(measured.ratio))"
    case .same: return "same within \(ChangeText.fraction(outcome.scorer.margin))"
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
