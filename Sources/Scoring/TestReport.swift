/// The test cases that a report holds, whatever its format. Its counts and times are never believed.
public struct TestReport: Sendable, Codable, Hashable {
  /// In the order of their first mention; no two have the same name.
  public var cases: [TestCase]

  public init(cases: [TestCase]) { self.cases = cases }
}

/// One test and how it ended.
public struct TestCase: Sendable, Codable, Hashable {
  /// Its full name: `class.name` from JUnit, the description from TAP.
  public var name: String
  public var outcome: TestOutcome
  /// What the report says of it, cut to 2,000 bytes; empty when it says nothing.
  public var message: String

  public init(name: String, outcome: TestOutcome, message: String = "") {
    self.name = name
    self.outcome = outcome
    self.message = message
  }

  /// The most of a message that is kept, in bytes.
  static let messageLimit = 2_000
}

/// How a test ended.
public enum TestOutcome: String, Sendable, Codable, Hashable, CaseIterable {
  case passed
  /// Passed when it was tried again.
  case flaky
  /// Did not run, or is expected to fail (TAP's TODO). Never a pass.
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

/// Collects cases; of two with the same name the worse stays, so that a forged second pass changes nothing.
struct TestCaseCollector {
  private(set) var cases: [TestCase] = []
  private var indices: [String: Int] = [:]

  mutating func add(_ found: TestCase) {
    if let index = indices[found.name] {
      if found.outcome.badness > cases[index].outcome.badness { cases[index] = found }
    } else {
      indices[found.name] = cases.count
      cases.append(found)
    }
  }
}
