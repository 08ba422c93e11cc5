/// The test cases that a report holds, whatever its format. Its counts and times are never believed.
public struct TestReport: Sendable, Codable, Hashable {
  /// In the order of their first mention; no two have the same name.
  public var cases: [TestCase]
  /// Where and why the reading ended early; nil for a whole report. The cases before it are kept, but a report that is
  /// partial never passes.
  public var fault: TestReportError?

  public init(cases: [TestCase], fault: TestReportError? = nil) {
    self.cases = cases
    self.fault = fault
  }
}

/// One test and how it ended.
public struct TestCase: Sendable, Codable, Hashable {
  /// Its full name: suite, class and name as the format's reader joins them. At most 1,000 bytes.
  public var name: String
  public var outcome: TestOutcome
  /// What the report says of it, cut to 2,000 bytes; empty when it says nothing.
  public var message: String

  public init(name: String, outcome: TestOutcome, message: String = "") {
    self.name = name
    self.outcome = outcome
    self.message = message
  }
}

/// How a test ended.
public enum TestOutcome: String, Sendable, Codable, Hashable, CaseIterable {
  case passed
  /// Passed when it was tried again.
  case flaky
  /// Did not run, or is expected to fail (TAP's TODO, a known issue). Never a pass.
  case skipped
  case failed
  /// Ended by something else than a failed expectation.
  case errored

  /// The larger, the worse: what wins when a report names a test twice.
  var badness: Int {
    switch self {
    case .passed: 0
    case .flaky: 1
    case .skipped: 2
    case .failed: 3
    case .errored: 4
    }
  }
}
