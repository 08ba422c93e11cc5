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

  package static func json(_ scores: [ScorerOutcome]) -> JSONValue { .list(scores.map(json)) }

  package static func json(_ score: ScorerOutcome) -> JSONValue {
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
    return .object(fields)
  }

  private static func state(_ score: ScorerOutcome) -> String {
    let number = score.value.map { Figures.value($0, unit: score.unit) } ?? "-"
    switch score.scorer.role {
    case .gate, .holdout:
      let word = score.passed == true ? "pass" : "FAIL"
      return score.scorer.kind == .command || score.unit.isEmpty ? word : "\(word) (\(number))"
    default: return number
    }
  }
}
