package import Comparison

/// The forms in which a comparison is handed on.
package enum ReportFormat: String, Sendable, CaseIterable {
  case text, markdown, json, junit, sarif, hyperfine, bencher, go
  case actionBenchmark = "github-action-benchmark"

  /// The whole file.
  package func text(_ report: ComparisonReport) -> String {
    switch self {
    case .text: ComparisonText(colour: false).text(report)
    case .markdown: ComparisonMarkdown.text(report)
    case .json: Self.line(ComparisonJSON.value(report))
    case .junit: ComparisonJUnit.text(report)
    case .sarif: Self.line(ComparisonSARIF.value(report))
    case .hyperfine: Self.line(HyperfineJSON.value(report))
    case .bencher: Self.line(BencherJSON.value(report))
    case .actionBenchmark: Self.line(ActionBenchmarkJSON.value(report))
    case .go: GoBenchmarkText.text(report)
    }
  }

  /// `##[` is a command to GitHub's runner wherever it stands in a line; this is the same string to every reader of JSON.
  private static func line(_ value: JSONValue) -> String { value.text.replacing("##[", with: "##\\u005b") + "\n" }
}
