package import Comparison

/// A comparison as JUnit XML: gates and cases are test cases; what makes the exit code bad is a failure, what is unclear and
/// was let through is skipped. A first run is a failure only where the user says so.
package enum ComparisonJUnit {
  private enum State {
    case passed
    case failure(String, String)
    case skipped(String)
  }

  package static func text(_ report: ComparisonReport) -> String {
    var cases: [(name: String, className: String, seconds: Double, state: State)] = []
    if let failure = report.failure {
      let why = ComparisonWords.failure(failure, report)
      let type = report.isFirstRun ? "new" : report.verdict.rawValue
      let isFine = report.isFirstRun && report.new != .fail
      cases.append(("comparison", "belljar", 0, isFine ? .skipped(why) : .failure(type, why)))
    }
    for gate in report.gates {
      cases.append((gate.name, "gate", 0, gate.passed ? .passed : .failure("gate", gate.explanation)))
    }
    for each in report.cases {
      let seconds = (each.base + each.head).compactMap(\.wall).reduce(0, +)
      cases.append((each.name, "case", seconds, state(each, report)))
    }
    let failures = cases.count { if case .failure = $0.state { true } else { false } }
    let skipped = cases.count { if case .skipped = $0.state { true } else { false } }
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<testsuites>",
      "  <testsuite name=\"\(XMLText.escaped(report.name))\" tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"0\" "
        + "skipped=\"\(skipped)\" time=\"\(Figures.fixed(report.seconds, 3))\">",
    ]
    for each in cases {
      let head =
        "    <testcase name=\"\(XMLText.escaped(each.name))\" classname=\"\(each.className)\" time=\"\(Figures.fixed(each.seconds, 3))\""
      switch each.state {
      case .passed: lines.append(head + "/>")
      case .skipped(let why):
        lines.append(head + "><skipped message=\"\(XMLText.escaped(Figures.line(why, most: 300)))\"/></testcase>")
      case .failure(let type, let why):
        lines.append(
          head + "><failure type=\"\(type)\" message=\"\(XMLText.escaped(Figures.line(why, most: 300)))\">"
            + "\(XMLText.escaped(why))</failure></testcase>")
      }
    }
    return (lines + ["  </testsuite>", "</testsuites>"]).joined(separator: "\n") + "\n"
  }

  private static func state(_ each: CaseReport, _ report: ComparisonReport) -> State {
    let words = "\(each.answer.rawValue): \(ComparisonWords.figures(each))"
    switch each.answer {
    case .better, .same: return .passed
    case .worse: return .failure("worse", words)
    // The gate or the failure that kept it from being measured is told already.
    case .notMeasured: return .skipped("not measured")
    case .undecided: return report.undecided == .pass ? .skipped(words) : .failure("undecided", words)
    case .new:
      // A first run has nothing but new cases, and is no failure by itself.
      let isFine = report.new == .pass || (report.isFirstRun && report.new != .fail)
      return isFine ? .skipped("new") : .failure("new", "new: there is nothing to compare with")
    }
  }
}

/// Text within XML 1.0, as content or as an attribute's value.
enum XMLText {
  static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&apos;"
      case "\n": out += "&#10;"
      // As `##[` it is a command to GitHub's runner.
      case "[": out += "&#91;"
      case "\t": out += "&#9;"
      // XML has no form for these at all.
      case _
      where scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF || (127..<160).contains(scalar.value):
        out += "\\x" + String(scalar.value, radix: 16)
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
