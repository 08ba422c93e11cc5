internal import Harness
internal import Ledger
package import LoopControl
internal import Scoring

/// What `belljar scorer test` found, as text and as JSON.
package enum ScorerTestText {
  package static func text(_ report: ScorerTestReport) -> String {
    var text = table(report.trials)
    for finding in report.findings {
      let subject = finding.subject.isEmpty ? "" : "\(finding.subject): "
      if !text.isEmpty { text += "\n" }
      text += Figures.block("\(finding.kind.rawValue): \(subject)\(finding.text)", indent: "") + "\n"
      text += Figures.block(finding.advice, indent: "  ") + "\n"
    }
    let wrong = report.findings.count { $0.kind == .wrong }
    let warnings = report.findings.count - wrong
    if !text.isEmpty { text += "\n" }
    text += wrong == 0 ? "all \(report.trials.count) candidates came out as declared" : "\(wrong) thing(s) wrong"
    let open = report.trials.count { $0.isOpen }
    if open > 0 { text += ", \(open) of \(report.trials.count) candidates left open" }
    if warnings > 0 { text += ", \(warnings) warning(s)" }
    return text + "; `--seed \(report.seed)` draws the same inputs again"
  }

  private static func table(_ trials: [ScorerTestReport.Trial]) -> String {
    guard !trials.isEmpty else { return "" }
    let rows =
      [("CANDIDATE", "DECLARED", "IS", "WHY")]
      + trials.map { trial in
        let declared = trial.declared
        let answer = declared.answer.map { ", \($0.rawValue)" } ?? ""
        let measured = trial.measured.map { ", \($0.answer.rawValue)" } ?? ""
        let pairs = trial.measured.flatMap { $0.pairs > 1 ? "with pair \($0.pairs): " : nil } ?? ""
        return (
          declared.name, declared.verdict.rawValue + answer,
          trial.isOpen ? "open" : trial.verdict.rawValue + (declared.answer == nil ? "" : measured),
          trial.isOpen ? "the scorers that could be asked pass it" : pairs + Figures.line(trial.reason, most: 90)
        )
      }
    let widths = (rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0, rows.map(\.2.count).max() ?? 0)
    return rows.map { row in
      "\(Figures.pad(row.0, widths.0))  \(Figures.pad(row.1, widths.1))  \(Figures.pad(row.2, widths.2))  \(row.3)\n"
    }.joined()
  }

  package static func json(_ report: ScorerTestReport) -> JSONValue {
    .object([
      ("right", .bool(report.isRight)), ("seed", .int(report.seed)),
      ("candidates", .list(report.trials.map(json))),
      (
        "findings",
        .list(
          report.findings.map { finding in
            .object([
              ("kind", .string(finding.kind.rawValue)), ("subject", .string(finding.subject)),
              ("text", .string(finding.text)), ("advice", .string(finding.advice)),
            ])
          })
      ),
    ])
  }

  private static func json(_ trial: ScorerTestReport.Trial) -> JSONValue {
    .object([
      ("candidate", .string(trial.declared.name)), ("declared", .string(trial.declared.verdict.rawValue)),
      ("declared_answer", JSONValue(trial.declared.answer?.rawValue)),
      ("verdict", trial.isOpen ? .null : .string(trial.verdict.rawValue)),
      ("answer", JSONValue(trial.measured?.answer.rawValue)), ("reason", .string(trial.reason)),
      ("as_declared", .bool(trial.isAsDeclared)),
      ("scores", .list(trial.scores.map { ScoreTable.json($0, explained: true) })),
    ])
  }
}
