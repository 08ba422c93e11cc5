package import Comparison
internal import Scoring

/// The sentences and figures that several formats of a comparison share.
package enum ComparisonWords {
  static func value(_ value: Double?, _ unit: String) -> String {
    guard let value else { return "-" }
    return unit == "bytes" ? "\(Figures.fixed(value / 1e6, 2)) MB" : Figures.value(value, unit: unit)
  }

  static func interval(_ interval: ClosedRange<Double>?) -> String {
    interval.map { "\(Figures.ratio($0.lowerBound)) to \(Figures.ratio($0.upperBound))" } ?? "-"
  }

  static func percent(_ fraction: Double) -> String {
    let percent = abs(fraction * 100)
    let digits = percent >= 10 || abs(percent - percent.rounded()) < 1e-9 ? 0 : 1
    return "\(Figures.fixed(fraction * 100, digits)) %"
  }

  /// A difference as a reader says it: `5.1 % slower`, `2.00 times as fast`, `3 % more memory`.
  package static func difference(_ each: CaseReport) -> String {
    guard let ratio = each.ratio else { return "not measured" }
    let change = percent(abs(ratio - 1))
    let more = ratio > 1
    switch (each.unit, each.direction) {
    case ("s", .minimize):
      if ratio > 0, ratio <= 0.5 { return "\(Figures.fixed(1 / ratio, 2)) times as fast" }
      return more ? "takes \(change) longer" : "takes \(change) less time"
    case ("bytes", .minimize): return "\(change) \(more ? "more" : "less") memory"
    default: return "\(change) \(more ? "higher" : "lower")"
    }
  }

  /// Without the blank lines at the end.
  static func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  static func failure(_ failure: ComparisonFailure, _ report: ComparisonReport) -> String {
    switch failure {
    case .head(let why): "\(report.head.label) fails: \(why)"
    case .base(let why): "\(report.base.label) fails, so there is nothing to compare with: \(why)"
    case .noBase(let why): why
    case .firstRun(let why): "first run: \(why)"
    }
  }

  /// The verdict in one sentence, without line ends.
  package static func sentence(_ report: ComparisonReport) -> String {
    let failed = report.gates.filter { !$0.passed }
    // That there is no base yet is not why a head fails.
    if let failure = report.failure, !report.isFirstRun || failed.isEmpty {
      return Figures.line(self.failure(failure, report), most: 300)
    }
    if !failed.isEmpty {
      let names = failed.map { Figures.line($0.name) }.joined(separator: ", ")
      return "\(report.head.label) fails \(failed.count == 1 ? "the gate" : "the gates") \(names)"
    }
    var parts: [String] = []
    for answer in [CaseAnswer.worse, .undecided, .notMeasured, .new, .better, .same] {
      let found = report.cases.filter { $0.answer == answer }
      guard !found.isEmpty else { continue }
      parts.append(found.count == 1 ? one(found[0], of: report) : "\(found.count) cases \(answer.rawValue)")
    }
    return parts.isEmpty ? "there is no case to compare" : parts.joined(separator: "; ")
  }

  private static func one(_ each: CaseReport, of report: ComparisonReport) -> String {
    let name = report.cases.count == 1 ? report.head.label : Figures.line(each.name, most: 60)
    switch each.answer {
    case .same: return "\(name) is the same within \(percent(each.margin))"
    case .better, .worse: return "\(name): \(difference(each)), more than the margin of \(percent(each.margin))"
    case .undecided:
      return "\(name): \(each.pairs) pairs don't say (\(difference(each)) so far); more time or a wider margin would"
    case .new: return "\(name) is new"
    case .notMeasured: return "\(name) was not measured"
    }
  }

  /// A case's figures in one line.
  static func figures(_ each: CaseReport) -> String {
    guard let ratio = each.ratio else { return each.explanation.isEmpty ? "not measured" : each.explanation }
    var text = "\(difference(each)): ratio \(Figures.ratio(ratio))"
    if each.interval != nil { text += " (\(interval(each.interval)))" }
    return text + ", \(each.pairs) pairs, margin \(percent(each.margin))"
  }

  /// The machine, the noise and the time in one line.
  static func conditions(_ machine: MachineConditions, _ report: ComparisonReport) -> String {
    var parts: [String] = []
    if let before = machine.loadBefore, let after = machine.loadAfter {
      parts.append("load \(Figures.fixed(before, 2)) to \(Figures.fixed(after, 2)) on \(machine.processors) processors")
    }
    if let steal = machine.steal { parts.append("steal \(Figures.fixed(steal * 100, 1)) %") }
    if let pressure = machine.pressure { parts.append("cpu pressure \(Figures.fixed(pressure * 100, 0)) %") }
    if let noise = report.cases.compactMap(\.noise).max() {
      parts.append("noise of a pair \(Figures.fixed(noise * 100, 1)) %")
    }
    let outliers = report.cases.map(\.outliers).reduce(0, +)
    if outliers > 0 { parts.append(outliers == 1 ? "1 outlier" : "\(outliers) outliers") }
    return "machine: " + parts.joined(separator: ", ") + "  [\(Figures.time(report.seconds))]"
  }
}
