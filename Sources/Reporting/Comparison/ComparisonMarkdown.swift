package import Comparison

/// A comparison for a pull request's comment or a step summary.
///
/// Whatever may come from a sandbox or a repository stands in `code` or `pre` elements with its punctuation as entities: there
/// GitHub reads neither Markdown nor HTML, mentions nobody and links nothing.
package enum ComparisonMarkdown {
  package static func text(_ report: ComparisonReport) -> String {
    var lines = [
      marker(report), "### \(mark(report)) belljar: \(report.verdict.rawValue)", "",
      code(ComparisonWords.sentence(report)),
      "", "\(report.base.label): \(code(report.base.about))  ", "\(report.head.label): \(code(report.head.about))", "",
    ]
    if let failure = report.failure { lines += [block(failure.why), ""] }
    if !report.gates.isEmpty {
      lines += ["| gate | |", "| --- | --- |"]
      lines += report.gates.map { "| \(code($0.name)) | \($0.passed ? "pass" : "**fail**") |" } + [""]
      for gate in report.gates where !gate.passed { lines += [block(gate.explanation), ""] }
    }
    if report.cases.contains(where: { $0.answer != .notMeasured }) { lines += table(report) + [""] }
    lines += report.differences.map { "- differs: \(code($0))" } + report.notes.map { "- note: \(code($0))" }
    if let machine = report.machine { lines += ["", code(ComparisonWords.conditions(machine, report))] }
    return lines.joined(separator: "\n") + "\n"
  }

  /// By this line a bot finds its own comment, to edit it in place.
  static func marker(_ report: ComparisonReport) -> String {
    let name = report.name.unicodeScalars.filter {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_".unicodeScalars.contains($0))
    }
    return "<!-- belljar-compare:\(String(String.UnicodeScalarView(name))) -->"
  }

  private static func mark(_ report: ComparisonReport) -> String {
    switch report.verdict {
    case .better, .same: ":white_check_mark:"
    case .worse, .failed, .baseFailed, .noBase: ":x:"
    case .undecided, .new: ":grey_question:"
    }
  }

  private static func table(_ report: ComparisonReport) -> [String] {
    var lines = [
      "| case | \(report.base.label) | \(report.head.label) | ratio | interval | pairs | answer |",
      "| --- | ---: | ---: | ---: | --- | ---: | --- |",
    ]
    for each in report.cases {
      let answer =
        each.answer == .worse || each.answer == .better ? "**\(each.answer.rawValue)**" : each.answer.rawValue
      lines.append(
        "| \(code(each.name)) | \(code(ComparisonWords.value(each.baseMedian, each.unit))) "
          + "| \(code(ComparisonWords.value(each.headMedian, each.unit))) | \(each.ratio.map(Figures.ratio) ?? "-") "
          + "| \(ComparisonWords.interval(each.interval)) | \(each.pairs) | \(answer) |")
    }
    let plots = report.cases.filter { $0.logRatios.count > 1 }
    guard !plots.isEmpty else { return lines }
    lines += ["", "<details><summary>pairs, new over old</summary>", "", "<pre>"]
    lines += plots.map { "\(escaped(Figures.line($0.name)))\n\(PairPlot.line($0.logRatios, margin: $0.margin))" }
    return lines + ["</pre>", "", "</details>"]
  }

  /// One line of foreign text, at most 300 characters.
  static func code(_ text: String) -> String {
    // Entities for all punctuation: Markdown is read inside of an inline element.
    let inner = Figures.line(text, most: 300).unicodeScalars.map { scalar in
      scalar.isASCII && !scalar.properties.isAlphabetic && !"0123456789 .,%+-".unicodeScalars.contains(scalar)
        ? "&#\(scalar.value);" : String(Character(scalar))
    }
    return inner.isEmpty ? "" : "<code>\(inner.joined())</code>"
  }

  /// Lines of foreign text, at most 4,000 characters. Nothing but `</pre>` ends the element, and no `<` is left in it.
  static func block(_ text: String) -> String {
    let cut = text.count > 4000 ? "..." + text.suffix(4000) : text
    let lines = ComparisonWords.trimmed(cut).split(separator: "\n", omittingEmptySubsequences: false)
    return "<pre>\n" + lines.map { escaped(Figures.line(String($0), most: 1000)) }.joined(separator: "\n") + "\n</pre>"
  }

  private static func escaped(_ text: String) -> String {
    var out = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      // `::` at a line's start and `##[` anywhere are commands to GitHub's runner.
      case ":": out += "&#58;"
      case "[": out += "&#91;"
      default: out.unicodeScalars.append(character)
      }
    }
    return out
  }
}
