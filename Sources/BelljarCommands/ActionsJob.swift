internal import Comparison
internal import Reporting

/// The job of GitHub Actions that this process is a step of: what it is told comes by itself.
struct ActionsJob {
  /// What GitHub takes of a step's summary: 1 MiB.
  private static let summaryBytes = 1_000_000
  private let environment: [String: String]

  /// Nil where the process is no step of such a job.
  init?(_ environment: [String: String]) {
    guard environment["GITHUB_ACTIONS"] == "true" else { return nil }
    self.environment = environment
  }

  /// Writes the step summary and the outputs, and says the annotations.
  func tell(_ report: ComparisonReport, say: (String) -> Void) throws {
    if let path = environment["GITHUB_STEP_SUMMARY"], !path.isEmpty {
      var text = ReportFormat.markdown.text(report)
      if text.utf8.count > Self.summaryBytes {
        var short = report
        short.notes = ["the report is too long for a step summary; --report markdown:FILE has it all"]
        short.differences = []
        short.cases = short.cases.filter { $0.answer == .worse }
        text = String(ReportFormat.markdown.text(short).prefix(Self.summaryBytes / 4))
      }
      try HostPath.write(text, to: path, appending: true)
    }
    if let path = environment["GITHUB_OUTPUT"], !path.isEmpty {
      try HostPath.write(GitHubActions.outputs(report), to: path, appending: true)
    }
    for line in GitHubActions.annotations(report) { say(line) }
  }

  /// Text with lines from sandboxes, so that the runner reads no command in it.
  func fenced(_ text: String) -> String {
    var random = SystemRandomNumberGenerator()
    let token = (0..<2).map { _ in String(random.next(), radix: 16) }.joined()
    return GitHubActions.fenced(text, token: "belljar-\(token)")
  }
}
