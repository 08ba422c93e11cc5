internal import Harness
internal import Ledger
package import LoopControl
internal import Sandbox

/// How a loop stands, as text and as JSON.
package enum StatusText {
  package static func lines(_ status: LoopStatus) -> String {
    let loop = status.loop
    var lines = ["loop \(loop.id)  \(Figures.line(loop.start.name))  \(state(status))"]
    for (index, row) in status.underWay.enumerated() {
      let doing = status.process == nil ? "cut short while \(row.state.rawValue)" : row.state.rawValue
      lines.append("\(index == 0 ? "under way" : "         ")  try \(row.number), \(doing)")
    }
    if let share = status.share { lines.append("holds      \(share)") }
    if let last = status.last, let result = last.result, last.number > 0 {
      lines.append(
        "last       try \(last.number): \(result.verdict.rawValue)  \(Figures.line(result.reason, most: 80))")
    }
    if let champion = status.champion {
      var text = champion.number == 0 ? "the baseline" : "try \(champion.number)"
      if let value = champion.result?.objective { text += ", \(Figures.value(value, unit: status.unit ?? ""))" }
      if champion.number > 0, status.unit != nil { text += ", \(Figures.fixed(status.standing.gain, 2)) times as good" }
      lines.append("champion   \(text)")
    }
    let standing = status.standing
    lines.append(
      "tries      \(standing.tries)\(status.stop?.iterations.map { " of \($0)" } ?? ""), \(standing.kept) kept; "
        + "\(standing.stale) since the last that was kept\(status.stop?.stale.map { " (at most \($0))" } ?? "")"
        + (standing.failures > 0 ? "; \(standing.failures) failures in a row" : ""))
    let limit = status.stop?.wall.map { " of \(Figures.time($0.seconds))" } ?? ""
    lines.append("spent      \(Figures.time(standing.spent))\(limit)")
    if let cost = StepTable.spending(status.spending) {
      let limit = status.stop?.cost.map { "; at most \(Figures.fixed($0, 2)) USD" } ?? ""
      lines.append("cost       \(cost)\(limit)")
    }
    if status.interruptions > 0 { lines.append("cut short  \(status.interruptions) attempt(s), begun again") }
    return lines.joined(separator: "\n")
  }

  private static func state(_ status: LoopStatus) -> String {
    switch status.state {
    case .running: "runs (process \(status.process ?? 0))"
    case .pausing: "pauses after \(status.underWay.count > 1 ? "the tries" : "the try") under way"
    case .paused: "waits; `belljar resume` lets it go on"
    case .cancelling: "is being cancelled"
    case .killed: "was killed; `belljar resume` goes on with it"
    case .ended: "ended: \(Figures.line(status.loop.endReason ?? ""))"
    }
  }

  /// What a running loop holds of the machine.
  package static func json(_ share: LoopShare.Held) -> JSONValue {
    .object([
      ("cores", share.cores.map { JSONValue.list($0.map { .int($0) }) } ?? .null),
      ("shared_cores", .list(share.shared.map { .int($0) })), ("memory", JSONValue(share.memory)),
    ])
  }

  package static func json(_ status: LoopStatus) -> JSONValue {
    let standing = status.standing
    return .object([
      ("loop", .int(Int(status.loop.id))), ("name", .string(status.loop.start.name)),
      ("state", .string(status.state.rawValue)), ("end_reason", JSONValue(status.loop.endReason)),
      ("process", JSONValue(status.process.map { Int($0) })), ("iteration", JSONValue(status.underWay.first?.number)),
      ("doing", JSONValue(status.underWay.first?.state.rawValue)),
      ("share", status.share.map { json($0) } ?? .null),
      (
        "under_way",
        .list(
          status.underWay.map {
            .object([("iteration", .int($0.number)), ("doing", .string($0.state.rawValue))])
          })
      ),
      ("last", JSONValue(status.last?.number)),
      ("last_verdict", JSONValue(status.last?.result?.verdict.rawValue)),
      ("champion", JSONValue(status.champion?.number)), ("objective", JSONValue(status.champion?.result?.objective)),
      ("unit", JSONValue(status.unit)), ("gain", .double(standing.gain)), ("tries", .int(standing.tries)),
      ("tries_limit", JSONValue(status.stop?.iterations)), ("kept", .int(standing.kept)),
      ("stale", .int(standing.stale)), ("failures", .int(standing.failures)), ("spent", .double(standing.spent)),
      ("spent_limit", JSONValue(status.stop?.wall?.seconds)), ("interruptions", .int(status.interruptions)),
      ("cost_usd", JSONValue(status.spending.cost)), ("input_tokens", .int(status.spending.inputTokens)),
      ("output_tokens", .int(status.spending.outputTokens)),
    ])
  }
}
