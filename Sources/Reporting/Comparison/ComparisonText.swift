package import Comparison
internal import Harness
internal import Scoring

/// A comparison for a terminal or a pipe.
package struct ComparisonText {
  private let colour: Bool

  package init(colour: Bool) { self.colour = colour }

  package func text(_ report: ComparisonReport) -> String {
    var lines = [
      "\(Figures.pad(report.base.label, 4))  \(Figures.line(report.base.about))",
      "\(Figures.pad(report.head.label, 4))  \(Figures.line(report.head.about))", "",
    ]
    // A failure of one line is the last line anyway.
    if let failure = report.failure, ComparisonWords.trimmed(failure.why).contains("\n") {
      lines += [failureText(failure, report), ""]
    }
    if !report.gates.isEmpty { lines += gates(report.gates) + [""] }
    let isMeasured = report.cases.contains { $0.answer != .notMeasured }
    if isMeasured { lines += table(report) + plots(report.cases) + [""] }
    if let history = report.history { lines += HistoryText.lines(history) + [""] }
    lines += report.differences.map { "differs: \(Figures.line($0, most: 200))" }
    lines += report.notes.map { "note: \(Figures.line($0, most: 200))" }
    if let machine = report.machine { lines.append(ComparisonWords.conditions(machine, report)) }
    lines.append(verdict(report))
    return lines.joined(separator: "\n") + "\n"
  }

  private func failureText(_ failure: ComparisonFailure, _ report: ComparisonReport) -> String {
    Figures.block(ComparisonWords.trimmed(ComparisonWords.failure(failure, report)), indent: "")
  }

  private func gates(_ gates: [GateReport]) -> [String] {
    let width = max(4, gates.map(\.name.count).max() ?? 0)
    return ["\(Figures.pad("GATE", width))  SAYS"]
      + gates.map { gate in
        let word = paint(gate.passed ? "pass" : "FAIL", gate.passed ? nil : 31)
        let why = Figures.block(
          ComparisonWords.trimmed(gate.explanation), indent: String(repeating: " ", count: width + 8))
        return "\(Figures.pad(gate.name, width))  \(word)  " + why.drop { $0 == " " }
      }
  }

  private func table(_ report: ComparisonReport) -> [String] {
    let rows = report.cases.map { each in
      [
        Figures.line(each.name, most: 60), ComparisonWords.value(each.baseMedian, each.unit),
        ComparisonWords.value(each.headMedian, each.unit), each.ratio.map(Figures.ratio) ?? "-",
        ComparisonWords.interval(each.interval), each.pairs == 0 ? "-" : "\(each.pairs)", each.answer.rawValue,
        Figures.line(each.explanation, most: 80),
      ]
    }
    let head = ["CASE", report.base.label.uppercased(), report.head.label.uppercased(), "RATIO", "INTERVAL", "PAIRS"]
    let widths = head.indices.map { column in
      max(head[column].count, rows.map { $0[column].count }.max() ?? 0)
    }
    var lines = [head.indices.map { Figures.pad(head[$0], widths[$0]) }.joined(separator: "  ") + "  ANSWER"]
    for row in rows {
      var cells = head.indices.map { Figures.pad(row[$0], widths[$0]) }
      cells.append(paint(row[6], Self.colours[row[6]]) + (row[7].isEmpty ? "" : "  \(row[7])"))
      lines.append(cells.joined(separator: "  "))
    }
    return lines
  }

  private func plots(_ cases: [CaseReport]) -> [String] {
    let measured = cases.filter { $0.logRatios.count > 1 }
    guard !measured.isEmpty else { return [] }
    let width = measured.map { Figures.line($0.name, most: 60).count }.max() ?? 0
    return ["", "pairs, new over old"]
      + measured.map {
        "\(Figures.pad(Figures.line($0.name, most: 60), width))  " + PairPlot.line($0.logRatios, margin: $0.margin)
      }
  }

  private func verdict(_ report: ComparisonReport) -> String {
    let verdict = report.verdict
    return paint(verdict.rawValue, Self.colours[verdict.rawValue]) + ": \(ComparisonWords.sentence(report))"
  }

  private static let colours = ["better": 32, "worse": 31, "failed": 31, "base-failed": 31, "undecided": 33, "new": 33]

  private func paint(_ text: String, _ code: Int?) -> String {
    guard colour, let code else { return text }
    return "\u{1b}[\(code)m\(text)\u{1b}[0m"
  }
}
