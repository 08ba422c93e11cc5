package import Comparison
package import Harness
internal import Scoring

/// A calibration as a table and as JSON.
package enum CalibrationText {
  /// How long `belljar compare` measures when nothing else is said, in seconds.
  private static let compareTime = 300.0

  package static func text(_ calibration: Calibration, harness: HarnessFile, machine: MachineConditions) -> String {
    let head = ["CASE", "MEDIAN", "NOISE", "PAIRS", "FALSE ALARMS", "LOOP SEES", "COMPARE SEES"]
    let rows = calibration.cases.map { each in
      [
        Figures.line(each.name, most: 60), ComparisonWords.value(each.median, each.unit),
        ComparisonWords.percent(each.noise), "\(each.logRatios.count)", alarms(each),
        share(loopSees(each, harness)),
        share(each.smallest(margin: each.margin, pairs: each.pairs(in: compareTime))),
      ]
    }
    let widths = head.indices.map { column in max(head[column].count, rows.map { $0[column].count }.max() ?? 0) }
    var lines = ([head] + rows).map { row in
      ComparisonWords.trimmed(row.indices.map { Figures.pad(row[$0], widths[$0]) }.joined(separator: "  "))
    }
    lines += [
      "", "noise: one sigma of the log ratio of a pair, the tree against itself",
      "false alarms: better or worse in this session's comparisons, and of 1,000 resampled from its pairs",
      "sees: the smallest slowdown answered in 80 of 100 cases, at the harness's margin; a loop's try in its pairs.max, "
        + "compare in \(Figures.time(compareTime))", "",
    ]
    lines += (harness.pairWarnings + calibration.warnings(for: harness)).map { "warning: \($0)" }
    lines += machine.warnings.map { "note: \($0)" }
    if calibration.cases.contains(where: { $0.logRatios.count < 40 }) {
      lines.append("note: fewer than 40 pairs say little of the noise; give it more --time")
    }
    return ComparisonWords.trimmed(lines.joined(separator: "\n")) + "\n"
  }

  package static func json(
    _ calibration: Calibration, harness: HarnessFile, machine: MachineConditions
  ) -> JSONValue {
    .object([
      ("format", .string("belljar-calibrate")), ("version", .int(1)), ("name", .string(harness.name)),
      (
        "cases",
        .list(
          calibration.cases.map { each in
            .object([
              ("name", .string(each.name)), ("unit", .string(each.unit)), ("median", .double(each.median)),
              ("noise", .double(each.noise)), ("pairs", .int(each.logRatios.count)),
              ("seconds_per_pair", .double(each.secondsPerPair)),
              ("seen", .object(each.seen.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) })),
              ("false_alarms", .double(each.falseAlarms)), ("margin", .double(each.margin)),
              ("loop_sees", JSONValue(loopSees(each, harness))),
              ("compare_sees", JSONValue(each.smallest(margin: each.margin, pairs: each.pairs(in: compareTime)))),
              ("log_ratios", .list(each.logRatios.map { .double($0) })),
            ])
          })
      ), ("warnings", .list((harness.pairWarnings + calibration.warnings(for: harness)).map { .string($0) })),
    ])
  }

  private static func loopSees(_ each: CaseCalibration, _ harness: HarnessFile) -> Double? {
    let found = harness.scorers.first { scorer in
      each.scorer.map { $0 == scorer.name } ?? (each.name == scorer.name || each.name.hasPrefix("\(scorer.name) ("))
    }
    guard let scorer = found else { return nil }
    return each.smallest(
      margin: each.margin, pairs: scorer.pairs.upperBound, alpha: harness.errorRate(of: scorer))
  }

  private static func alarms(_ each: CaseCalibration) -> String {
    let all = each.seen.values.reduce(0, +)
    let wrong = (each.seen["better"] ?? 0) + (each.seen["worse"] ?? 0)
    return "\(wrong) of \(all), \(ComparisonWords.percent(each.falseAlarms))"
  }

  private static func share(_ fraction: Double?) -> String { fraction.map(ComparisonWords.percent) ?? "nothing" }
}
