internal import Harness
internal import Ledger
package import LoopControl
internal import Scoring

/// A loop's events as lines: for a terminal, for a pipe, and as NDJSON.
package struct LoopText {
  private let colour: Bool
  private let minimize: Bool

  package init(colour: Bool, minimize: Bool) {
    self.colour = colour
    self.minimize = minimize
  }

  /// The line or lines of an event; nil where it only moves the progress display.
  package func lines(_ event: LoopEvent) -> String? {
    switch event {
    case .began(let name, let notes):
      return (["\(name): measuring the baseline"] + notes.map { "note: \(Figures.line($0))" }).joined(separator: "\n")
    case .baseline(let scores, let seconds):
      let parts = scores.map { score in
        "\(score.scorer.name) "
          + (score.scorer.role == .gate
            ? (score.passed == true ? "pass" : "FAIL")
            : score.value.map { Figures.value($0, unit: score.unit) } ?? "-")
      }
      return "baseline  \(parts.joined(separator: ", "))  [\(Figures.time(seconds))]"
    case .trying, .pair: return nil
    case .resumed(let loop, let number, let spent):
      return "loop \(loop) goes on with try \(number), \(Figures.time(spent)) spent before"
    case .paused: return "paused; `belljar resume` goes on, `belljar cancel` ends it"
    case .continued: return "goes on"
    case .agent: return nil
    case .limited(let number, let seconds, let why):
      return "try \(number)   waits \(Figures.time(seconds)) for its account: \(Figures.line(why, most: 120))"
    case .warned(let what): return "warning: \(Figures.line(what, most: 300))"
    case .madeRoom(let count):
      return "made room: the contents of \(count) tries that were not kept are gone (loop.disk)"
    case .checked(let number, let check): return checked(number, check)
    case .finished(let summary): return line(summary)
    case .ended(let summary): return ending(summary)
    }
  }

  /// The line that shows what is going on; empty where nothing is.
  package func progress(_ event: LoopEvent) -> String {
    switch event {
    case .trying(let number, let note): "try \(number)  \(Figures.line(note, most: 60)) ..."
    case .agent(let number, let step, let what): "try \(number)  \(step): \(Figures.line(what, most: 60))"
    case .pair(let number, let pairs, let ratio): "try \(number)  pair \(pairs), ratio \(Figures.ratio(ratio))"
    default: ""
    }
  }

  private func line(_ summary: TrySummary) -> String {
    var text = "try \(Figures.pad("\(summary.number)", 4))\(verdict(summary.verdict))  "
    text += Figures.pad(summary.ratio.map { "x\(Figures.ratio($0))" } ?? "", 8)
    text += "  \(Figures.line(summary.note, most: 50))"
    if !summary.reason.isEmpty { text += "  (\(Figures.line(summary.reason, most: 90)))" }
    return text + "  [\(Figures.time(summary.seconds))]"
  }

  private func verdict(_ verdict: Verdict) -> String {
    let word = Figures.pad(verdict.rawValue, 9)
    guard colour else { return word }
    switch verdict {
    case .kept: return "\u{1b}[32m\(word)\u{1b}[0m"
    case .discarded: return word
    case .rejected, .invalid: return "\u{1b}[33m\(word)\u{1b}[0m"
    }
  }

  private func ending(_ summary: LoopSummary) -> String {
    let tries = summary.tries == 1 ? "1 try" : "\(summary.tries) tries"
    var text = "ended: \(reason(summary.end)); \(tries), \(summary.kept) kept"
    text += "  [\(Figures.time(summary.seconds))]"
    if summary.champion > 0 {
      if let final = summary.final?.objective { text += "\n" + sideBySide(final) }
      text += "\nthe checkout is as it was; `belljar apply` brings the champion in"
    } else if summary.kept > 0 {
      text += "\nthe champion is the baseline: what was kept is not better than it, measured again"
      text += "\n`belljar log --verdict kept` shows what was kept, `belljar restore TRY` takes one back all the same"
    }
    return text + "\nhead \(summary.head)"
  }

  private func sideBySide(_ final: ScorerOutcome) -> String {
    guard let measured = final.comparison else { return "" }
    let times = minimize ? 1 / measured.ratio : measured.ratio
    var text = "baseline \(Figures.value(measured.champion, unit: final.unit)), champion "
    text += "\(Figures.value(measured.candidate, unit: final.unit)): \(Figures.fixed(times, 2)) times as good"
    text += ", measured again side by side (\(measured.answer.rawValue), \(measured.pairs) pairs"
    if let low = measured.low, let high = measured.high {
      text += ", ratio \(Figures.ratio(low)) to \(Figures.ratio(high))"
    }
    return text + ")"
  }

  private func checked(_ number: Int, _ check: ChampionCheck) -> String {
    guard check.losses.isEmpty else {
      let why = check.losses.map { Figures.line($0) }.joined(separator: "; ")
      return "check   try \(number) is not better than the baseline, which is the champion again: \(why)"
    }
    if let why = check.obstacle {
      return "check   try \(number) could not be measured against the baseline: \(Figures.line(why, most: 200))"
    }
    guard let objective = check.objective else { return "check   try \(number) passes all gates once more" }
    return check.isUndecided
      ? "check   try \(number) can't be told from the baseline yet" : "check   try \(number): " + sideBySide(objective)
  }

  private func reason(_ end: EndOfLoop) -> String {
    switch end {
    case .target: "target met"
    case .passed: "all gates pass"
    case .iterations: "all iterations used"
    case .wall: "out of time"
    case .cost: "the cost budget is used up"
    case .failures: "too many failures in a row"
    case .stale: "no improvement for long"
    case .exhausted: "the search has nothing left to try"
    case .disk: "the state folder holds as much as loop.disk allows; `belljar gc --discarded` makes room"
    case .cancelled: "cancelled"
    }
  }

  /// The event as one JSON object.
  package static func json(_ event: LoopEvent) -> JSONValue {
    switch event {
    case .began(let name, let notes):
      .object([("event", .string("began")), ("name", .string(name)), ("notes", .list(notes.map { .string($0) }))])
    case .baseline(let scores, let seconds):
      .object([("event", .string("baseline")), ("scores", ScoreTable.json(scores)), ("seconds", .double(seconds))])
    case .trying(let number, let note):
      .object([("event", .string("trying")), ("iteration", .int(number)), ("note", .string(note))])
    case .pair(let number, let pairs, let ratio):
      .object([
        ("event", .string("pair")), ("iteration", .int(number)), ("pairs", .int(pairs)), ("ratio", .double(ratio)),
      ])
    case .resumed(let loop, let number, let spent):
      .object([
        ("event", .string("resumed")), ("loop", .int(Int(loop))), ("iteration", .int(number)),
        ("spent", .double(spent)),
      ])
    case .paused: .object([("event", .string("paused"))])
    case .continued: .object([("event", .string("continued"))])
    case .agent(let number, let step, let what):
      .object([
        ("event", .string("agent")), ("iteration", .int(number)), ("step", .string(step)), ("does", .string(what)),
      ])
    case .limited(let number, let seconds, let why):
      .object([
        ("event", .string("limited")), ("iteration", .int(number)), ("seconds", .double(seconds)),
        ("why", .string(why)),
      ])
    case .warned(let what): .object([("event", .string("warned")), ("what", .string(what))])
    case .madeRoom(let count): .object([("event", .string("made room")), ("candidates", .int(count))])
    case .checked(let number, let check):
      .object([
        ("event", .string("checked")), ("iteration", .int(number)),
        ("losses", .list(check.losses.map { .string($0) })), ("undecided", .bool(check.isUndecided)),
        ("obstacle", JSONValue(check.obstacle)),
        ("objective", check.objective.map { ScoreTable.json($0) } ?? .null),
      ])
    case .finished(let summary):
      .object([
        ("event", .string("finished")), ("iteration", .int(summary.number)),
        ("verdict", .string(summary.verdict.rawValue)), ("reason", .string(summary.reason)),
        ("note", .string(summary.note)), ("ratio", JSONValue(summary.ratio)), ("low", JSONValue(summary.low)),
        ("high", JSONValue(summary.high)), ("pairs", JSONValue(summary.pairs)), ("value", JSONValue(summary.value)),
        ("unit", .string(summary.unit)), ("seconds", .double(summary.seconds)),
      ])
    case .ended(let summary):
      .object([
        ("event", .string("ended")), ("loop", .int(Int(summary.loop))), ("reason", .string(summary.end.rawValue)),
        ("tries", .int(summary.tries)), ("kept", .int(summary.kept)), ("succeeded", .bool(summary.succeeded)),
        ("champion", .int(summary.champion)),
        ("final", summary.final?.objective.map { ScoreTable.json($0) } ?? .null), ("seconds", .double(summary.seconds)),
        ("head", .string(summary.head)),
      ])
    }
  }
}
