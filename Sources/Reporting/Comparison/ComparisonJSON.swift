package import Comparison
internal import Scoring

/// A comparison as Belljar's own JSON: everything that was measured, times in seconds, sizes in bytes, shares from 0 to 1.
package enum ComparisonJSON {
  /// Raised when a field changes its meaning or goes.
  static let version = 1

  package static func value(_ report: ComparisonReport) -> JSONValue {
    .object(
      [
        ("format", .string("belljar-compare")), ("version", .int(version)), ("name", .string(report.name)),
        ("verdict", .string(report.verdict.rawValue)), ("summary", .string(ComparisonWords.sentence(report))),
        ("base", side(report.base)), ("head", side(report.head)), ("alpha", .double(report.alpha)),
        ("failure", JSONValue(report.failure?.why)), ("gates", .list(report.gates.map(gate))),
        ("cases", .list(report.cases.map(one))), ("differences", .list(report.differences.map { .string($0) })),
        ("notes", .list(report.notes.map { .string($0) })), ("machine", report.machine.map(machine) ?? .null),
        ("seconds", .double(report.seconds)),
      ] + (report.history.map { [("history", HistoryText.json($0))] } ?? []))
  }

  private static func side(_ side: ComparedSide) -> JSONValue {
    .object([("label", .string(side.label)), ("about", .string(side.about))])
  }

  private static func gate(_ gate: GateReport) -> JSONValue {
    .object([
      ("name", .string(gate.name)), ("passed", .bool(gate.passed)), ("explanation", .string(gate.explanation)),
    ])
  }

  private static func one(_ each: CaseReport) -> JSONValue {
    .object([
      ("name", .string(each.name)), ("answer", .string(each.answer.rawValue)), ("unit", .string(each.unit)),
      ("direction", .string(each.direction.rawValue)), ("margin", .double(each.margin)),
      ("ratio", JSONValue(each.ratio)), ("low", JSONValue(each.interval?.lowerBound)),
      ("high", JSONValue(each.interval?.upperBound)), ("pairs", .int(each.pairs)), ("noise", JSONValue(each.noise)),
      ("outliers", .int(each.outliers)), ("base_median", JSONValue(each.baseMedian)),
      ("head_median", JSONValue(each.headMedian)), ("base", .list(each.base.map { .double($0.value) })),
      ("head", .list(each.head.map { .double($0.value) })), ("explanation", .string(each.explanation)),
    ])
  }

  private static func machine(_ machine: MachineConditions) -> JSONValue {
    .object([
      ("processors", .int(machine.processors)), ("load_before", JSONValue(machine.loadBefore)),
      ("load_after", JSONValue(machine.loadAfter)), ("steal", JSONValue(machine.steal)),
      ("cpu_pressure", JSONValue(machine.pressure)),
    ])
  }
}
