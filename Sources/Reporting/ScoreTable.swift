package import Harness
internal import Scoring

/// The scores of one evaluation as a table and as JSON.
package enum ScoreTable {
  package static func text(_ scores: [ScorerOutcome]) -> String {
    let rows = scores.map { score in
      (
        score.scorer.name, score.scorer.role.rawValue, state(score), score.channel.rawValue,
        Figures.line(score.explanation, most: 80)
      )
    }
    let widths = (
      max(6, rows.map(\.0.count).max() ?? 0), max(4, rows.map(\.1.count).max() ?? 0),
      max(6, rows.map(\.2.count).max() ?? 0)
    )
    var text = "\(Figures.pad("SCORER", widths.0))  \(Figures.pad("ROLE", widths.1))  "
    text += "\(Figures.pad("SCORE", widths.2))  CHANNEL  NOTE\n"
    for row in rows {
      text += "\(Figures.pad(row.0, widths.0))  \(Figures.pad(row.1, widths.1))  \(Figures.pad(row.2, widths.2))  "
      text += "\(Figures.pad(row.3, 7))  \(row.4)\n"
    }
    return text
  }

  /// What decided each score, in a few lines each.
  package static func explanation(_ scores: [ScorerOutcome]) -> String {
    scores.map { score in
      let rows = decided(score).map { name, text in
        let lines = Figures.block(text, indent: "").split(separator: "\n").prefix(20)
        return "  \(Figures.pad(name, 6))  \(lines.joined(separator: "\n          "))\n"
      }
      return "\n\(score.scorer.name) (\(score.scorer.role.rawValue)): \(state(score))\n\(rows.joined())"
    }.joined()
  }

  private static func decided(_ score: ScorerOutcome) -> [(String, String)] {
    var rows: [(String, String)] = []
    if let decided = score.decidedBy {
      rows.append(("step", decided.step))
      if let test = decided.test { rows.append(("test", test)) }
      if let place = decided.place { rows.append(("place", "\(place.file):\(place.line)")) }
      rows.append(("why", decided.words))
    }
    if let measured = score.comparison { rows.append(("pair", pair(measured))) }
    return rows.isEmpty ? [("why", score.explanation)] : rows
  }

  /// The pair after which the answer was clear.
  package static func pair(_ measured: ScorerOutcome.Measured) -> String {
    guard measured.pairs > 1 else {
      return "\(measured.answer.rawValue): \(measured.champion) became \(measured.candidate)"
    }
    let interval = measured.low.flatMap { low in measured.high.map { (low, $0) } }
    return "\(measured.answer.rawValue) with pair \(measured.pairs): ratio \(Figures.ratio(measured.ratio))"
      + (interval.map { " (\(Figures.ratio($0.0)) to \(Figures.ratio($0.1)))" } ?? "")
  }

  package static func json(_ scores: [ScorerOutcome], explained: Bool = false) -> JSONValue {
    .list(scores.map { json($0, explained: explained) })
  }

  package static func json(_ score: ScorerOutcome, explained: Bool = false) -> JSONValue {
    var fields: [(String, JSONValue)] = [
      ("scorer", .string(score.scorer.name)), ("kind", .string(score.scorer.kind.rawValue)),
      ("role", .string(score.scorer.role.rawValue)), ("channel", .string(score.channel.rawValue)),
      ("value", JSONValue(score.value)), ("unit", .string(score.unit)), ("passed", JSONValue(score.passed)),
      ("explanation", .string(score.explanation)),
      ("metrics", .object(score.metrics.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) })),
    ]
    if let measured = score.comparison {
      fields.append(("answer", .string(measured.answer.rawValue)))
      fields.append(("ratio", .double(measured.ratio)))
      fields.append(("low", JSONValue(measured.low)))
      fields.append(("high", JSONValue(measured.high)))
      fields.append(("pairs", .int(measured.pairs)))
    }
    if explained, let decided = score.decidedBy {
      fields.append(
        (
          "decided_by",
          .object([
            ("step", .string(decided.step)), ("test", JSONValue(decided.test)),
            ("file", JSONValue(decided.place?.file)), ("line", JSONValue(decided.place?.line)),
            ("words", .string(decided.words)),
          ])
        ))
    }
    return .object(fields)
  }

  private static func state(_ score: ScorerOutcome) -> String {
    let number = score.value.map { Figures.value($0, unit: score.unit) } ?? "-"
    switch score.scorer.role {
    case .gate, .holdout:
      let word = score.passed == true ? "pass" : "FAIL"
      let isTold =
        score.scorer.kind == .judge ? score.value != nil : score.scorer.kind != .command && !score.unit.isEmpty
      return isTold ? "\(word) (\(number))" : word
    default: return number
    }
  }
}
