package import Comparison
internal import Scoring

/// What a job of GitHub Actions is told: annotations, outputs, and a fence around text from sandboxes.
package enum GitHubActions {
  /// Workflow commands for the log: one for the verdict, and one for each case and gate that is to blame.
  package static func annotations(_ report: ComparisonReport) -> [String] {
    let level = report.exitCode == 0 ? "notice" : "error"
    var found = [command(level, title: "belljar: \(report.verdict.rawValue)", ComparisonWords.sentence(report), report)]
    for gate in report.gates where !gate.passed {
      found.append(command("error", title: "gate \(gate.name) fails", gate.explanation, report))
    }
    for each in report.cases where each.answer == .worse || each.answer == .undecided {
      let level = each.answer == .worse ? "error" : "warning"
      found.append(
        command(level, title: "\(each.name): \(each.answer.rawValue)", ComparisonWords.figures(each), report))
    }
    // GitHub shows ten of a kind at a step.
    return Array(found.prefix(10))
  }

  /// Lines for `$GITHUB_OUTPUT`: no value has a line end, so no delimiter is needed.
  package static func outputs(_ report: ComparisonReport) -> String {
    let worst = report.cases.compactMap { each in each.ratio.map { (each.direction == .minimize ? $0 : 1 / $0, $0) } }
    var lines = [
      "verdict=\(report.verdict.rawValue)", "exit-code=\(report.exitCode)",
      "summary=\(Figures.line(ComparisonWords.sentence(report), most: 300))",
    ]
    if let ratio = worst.max(by: { $0.0 < $1.0 })?.1 { lines.append("worst-ratio=\(ratio)") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The text between two lines that keep the runner from reading commands in it, which what ran in a sandbox could print.
  ///
  /// - Parameter token: nobody else can know it, so nobody can end the fence.
  package static func fenced(_ text: String, token: String) -> String {
    "::stop-commands::\(token)\n\(text)\(text.hasSuffix("\n") ? "" : "\n")::\(token)::\n"
  }

  private static func command(
    _ level: String, title: String, _ message: String, _ report: ComparisonReport
  ) -> String {
    var properties = "title=\(property(title))"
    if let path = report.harnessPath { properties = "file=\(property(path)),line=1," + properties }
    return "::\(level) \(properties)::\(data(String(message.prefix(2000))))"
  }

  /// As the runner's own toolkit escapes a message.
  static func data(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "%": "%25"
      case "\r": "%0D"
      case "\n": "%0A"
      // The older form of commands is read wherever it stands in a line.
      case "[": "("
      case _ where scalar.value < 32 || (127..<160).contains(scalar.value): "?"
      default: String(Character(scalar))
      }
    }.joined()
  }

  static func property(_ text: String) -> String {
    data(Figures.line(text)).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
