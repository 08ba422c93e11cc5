/// What `TestGate` says of a run of tests.
public struct TestVerdict: Sendable, Codable, Hashable {
  public let counts: TestCounts
  /// Why the run does not pass, each naming the tests; empty when it does.
  public let reasons: [String]

  public init(counts: TestCounts, reasons: [String]) {
    self.counts = counts
    self.reasons = reasons
  }

  public var passed: Bool { reasons.isEmpty }

  /// The share of tests that passed at once, from 0 to 1. Skipped and flaky ones are in the whole, not in the part.
  public var passRate: Double {
    counts.total == 0 ? 0 : Double(counts.passed) / Double(counts.total)
  }
}

/// How many tests ended how, counted from the cases.
public struct TestCounts: Sendable, Codable, Hashable {
  public var passed = 0
  public var flaky = 0
  public var skipped = 0
  public var failed = 0
  public var errored = 0

  public init(_ report: TestReport) {
    for test in report.cases {
      switch test.outcome {
      case .passed: passed += 1
      case .flaky: flaky += 1
      case .skipped: skipped += 1
      case .failed: failed += 1
      case .errored: errored += 1
      }
    }
  }

  public var total: Int { passed + flaky + skipped + failed + errored }
}
