internal import Comparison
internal import Harness
internal import Ledger
internal import Scoring
internal import Workspace

extension ScorerTestReport {
  static func trial(
    _ declared: DeclaredCandidate, _ verdict: Verdict, _ reason: String, _ scores: [ScorerOutcome] = []
  ) -> Trial {
    var fits = verdict.rawValue == declared.verdict.rawValue
    if let answer = declared.answer {
      fits = fits && scores.first { $0.scorer.role == .objective }?.comparison?.answer == answer
    }
    // A sealed check tells agents nothing; its author may know.
    let words = [reason] + scores.filter { $0.passed == false }.map(\.explanation)
    if let part = declared.reason { fits = fits && words.contains { $0.contains(part) } }
    return Trial(declared: declared, verdict: verdict, reason: reason, scores: scores, isAsDeclared: fits)
  }

  /// Adds a trial, and what is wrong where it came out otherwise than declared.
  mutating func add(_ trial: Trial) {
    trials.append(trial)
    guard !trial.isAsDeclared, !trial.isOpen else { return }
    let declared = trial.declared
    var wanted = declared.verdict.rawValue
    if let answer = declared.answer, answer != .better { wanted += ", \(answer.rawValue)" }
    let came = trial.verdict.rawValue + (trial.reason.isEmpty ? "" : " (\(trial.reason))")
    find(.wrong, declared.name, "declared \(wanted), but it is \(came)", Self.advice(trial))
  }

  private static func advice(_ trial: Trial) -> String {
    switch (trial.declared.verdict, trial.verdict) {
    case (_, .invalid): "the harness failed, not the candidate: nothing can be said about it before that works"
    case (.kept, .discarded):
      "the scorers don't see what is good about it: measure more of it (a larger input, more pairs, a smaller 'margin'), or it is not better"
    case (.kept, .rejected): "the scorers refuse what is right: see `belljar score --explain` on its files"
    case (.discarded, .kept): "the scorers take it for an improvement: find what they measure that it did not earn"
    case (.discarded, .rejected):
      "the scorers refuse it: declare 'verdict: rejected' if they should, or mend the check that does"
    case (.rejected, .kept):
      "nothing catches this cheat: check in 'score' what a right run must have written, or fix the file that it abuses"
    case (.rejected, .discarded):
      "it was only not better this time: a cheat that pays more would be kept; let 'score' answer {\"reject\": \"why\"}"
    case (.rejected, .rejected), (.kept, .kept), (.discarded, .discarded):
      "the verdict is right, but not why: 'answer' or 'reason' in \(DeclaredCandidate.file) say otherwise"
    }
  }

  /// Notes two answers of one scorer under one seed.
  mutating func note(_ scorer: HarnessScorer, _ first: ScorerOutcome, _ second: ScorerOutcome, of what: String) {
    if first.answerText == second.answerText, first.passed == second.passed {
      agreeing.insert(scorer.name)
      return
    }
    differing.insert(scorer.name)
    func told(_ outcome: ScorerOutcome) -> String {
      let state = scorer.isCompared || outcome.passed == nil ? "" : outcome.passed == true ? "pass " : "fail "
      return state + outcome.answerText
    }
    let text = "two runs under one seed answered '\(told(first))' and '\(told(second))' on \(what)"
    if scorer.deterministic {
      find(
        .wrong, scorer.name, "declared deterministic, but \(text)",
        "take the chance out of it (a clock, an unseeded generator, the order of a set), or remove 'deterministic: true'"
      )
    } else if scorer.kind == .judge {
      guard first.passed != second.passed, scorer.role == .gate else { return }
      find(
        .warning, scorer.name, text,
        "the judge can't make up its mind so near to the bound: raise 'repeat', sharpen the rubric, or move the bound")
    } else if !scorer.isCompared, first.passed != second.passed, scorer.role != .info {
      find(
        .wrong, scorer.name, text,
        "what must pass may not depend on luck: draw everything from $BELLJAR_SEED, and keep nothing between runs")
    } else if scorer.isCompared {
      find(
        .warning, scorer.name, text,
        "that is noise, and the accept rule takes pairs for it; where it should be none, look for what the runs share")
    }
  }

  /// Scorers that could be declared deterministic.
  mutating func checkDeterminism(_ harness: HarnessFile) {
    for scorer in harness.scorers where scorer.isCompared && !scorer.deterministic {
      // Neither times nor a judge's words can be declared so.
      guard scorer.kind != .benchmark, scorer.kind != .judge, agreeing.contains(scorer.name),
        !differing.contains(scorer.name)
      else { continue }
      find(
        .warning, scorer.name, "all its answers agreed, but it is not declared deterministic",
        "with 'deterministic: true' a candidate costs four runs, unless the score hangs on the seed, in place of up to \(scorer.pairs.upperBound) pairs"
      )
    }
  }

  /// What the declarations leave unproved.
  mutating func checkDeclarations(_ candidates: [DeclaredCandidate], _ bench: Workbench) {
    func has(_ verdict: DeclaredCandidate.Verdict) -> Bool { candidates.contains { $0.verdict == verdict } }
    let file = "\(DeclaredCandidate.folder)/\(DeclaredCandidate.file)"
    if !has(.kept) {
      find(
        .warning, "", "no candidate is declared 'kept'",
        "without one, scorers that keep nothing at all pass: add one to \(file)")
    }
    if !has(.rejected) {
      find(
        .warning, "", "no candidate is declared 'rejected'",
        "without one nothing shows that a cheat is caught: add one to \(file)")
    }
    let deciding = bench.harness.scorers.filter { $0.role != .info }
    if deciding.allSatisfy({ $0.measuredChannel == .inside }) {
      find(
        .warning, "", "every scorer is of channel 'inside': the candidate's own process has a hand in each report",
        "one that forges the whole report passes; add a scorer of kind command as holdout, whose 'score' is yours")
    }
    let place = String(bench.folder.dropFirst(bench.root.count + 1))
    let folder = (place.isEmpty ? "" : "\(place)/") + DeclaredCandidate.folder
    if TreePath(folder).map({ bench.base.items(below: $0).contains { !bench.surface.isHidden($0.path) } }) ?? false {
      find(
        .wrong, "", "agents see the candidates, and with them what is good", "add '\(folder)/**' to surface.hidden")
    }
  }
}
