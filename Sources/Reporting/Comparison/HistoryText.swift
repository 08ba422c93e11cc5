internal import Comparison
internal import Scoring

/// A history of comparisons, as lines and as JSON.
enum HistoryText {
  static func lines(_ history: HistoryReport) -> [String] {
    var lines = ["history of \(history.comparisons) comparisons (\(Figures.line(history.path, most: 200)))"]
    let width = history.series.map { Figures.line($0.name, most: 60).count }.max() ?? 0
    for series in history.series {
      let last = series.values.last.map { ComparisonWords.value($0, series.unit) } ?? ""
      lines.append(
        "\(Figures.pad(Figures.line(series.name, most: 60), width))  \(Sparkline.text(series.values))  \(last)"
          + (series.changes.isEmpty ? "  no change of level" : ""))
      for change in series.changes {
        let levels = series.levels(around: change)
        lines.append(
          "  changes at \(Figures.line(series.heads[change.index])), \(change.index + 1) of \(series.values.count): "
            + "\(ComparisonWords.value(levels.before, series.unit)) to \(ComparisonWords.value(levels.after, series.unit)), "
            + "ratio \(Figures.ratio(levels.after / levels.before)), p = \(Figures.ratio(change.pValue))")
      }
    }
    if history.comparisons < 10 { lines.append("changes are looked for from 10 comparisons on") }
    if history.broken > 0 { lines.append("note: \(history.broken) lines of it can't be read and were passed over") }
    return lines
  }

  static func json(_ history: HistoryReport) -> JSONValue {
    .object([
      ("path", .string(history.path)), ("comparisons", .int(history.comparisons)), ("broken", .int(history.broken)),
      ("series", .list(history.series.map(one))),
    ])
  }

  private static func one(_ series: HistoryReport.Series) -> JSONValue {
    .object([
      ("name", .string(series.name)), ("unit", .string(series.unit)),
      ("values", .list(series.values.map { .double($0) })), ("times", .list(series.times.map { .int($0) })),
      ("heads", .list(series.heads.map { .string($0) })),
      (
        "changes",
        .list(
          series.changes.map { change in
            let levels = series.levels(around: change)
            return .object([
              ("index", .int(change.index)), ("head", .string(series.heads[change.index])),
              ("before", .double(levels.before)), ("after", .double(levels.after)), ("p", .double(change.pValue)),
            ])
          })
      ),
    ])
  }
}
