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
    case .json: ComparisonJSON.value(report).text + "\n"
    case .junit: ComparisonJUnit.text(report)
    case .sarif: ComparisonSARIF.value(report).text + "\n"
    case .hyperfine: HyperfineJSON.value(report).text + "\n"
    case .bencher: BencherJSON.value(report).text + "\n"
    case .actionBenchmark: ActionBenchmarkJSON.value(report).text + "\n"
    case .go: GoBenchmarkText.text(report)
    }
  }
}
