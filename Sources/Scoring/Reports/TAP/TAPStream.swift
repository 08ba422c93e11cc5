/// Where the reading of a TAP stream stands.
struct TAPStream {
  private struct Plan {
    let count: Int
    let line: Int
    let isFirst: Bool
  }

  private let collector: TestCaseCollector
  private var line = 1
  private var plan: Plan?
  private var numbers: Set<Int> = []
  private var lastNumber = 0
  private var hasBegun = false
  /// The test whose diagnostics may follow.
  private var pending: TestCase?
  private var subtests: TAPSubtests
  /// The indent of the diagnostic block at hand.
  private var blockIndent: Substring?
  /// Whether the block is a top-level test's own, not one of a subtest (four spaces and more).
  private var keepsBlock = false

  init(collector: TestCaseCollector) {
    self.collector = collector
    subtests = TAPSubtests(limits: collector.limits)
  }

  mutating func add(_ text: String, line: Int) throws(TestReportError) {
    self.line = line
    let indent = text.prefix { $0 == " " || $0 == "\t" }
    let rest = text.dropFirst(indent.count).trimmedEnd
    if let open = blockIndent {
      if rest.isEmpty || indent.count >= open.count { return continueBlock(text.dropFirst(open.count), rest, indent) }
      blockIndent = nil
    }
    guard indent.isEmpty else { return try addIndented(rest, indent) }
    if rest.isEmpty || rest.first == "#" { return }
    if rest.lowercased().hasPrefix("bail out!") { throw bailOut(rest) }
    if rest.hasPrefix("TAP version ") { return try checkVersion(rest) }
    if let test = TAPTestLine(String(rest)) { return try add(test) }
    if let count = TAPTestLine.plan(rest) { try setPlan(count) }
  }

  mutating func finish() throws(TestReportError) {
    try flush()
    guard let plan else {
      let found = numbers.isEmpty ? "no tests" : "\(numbers.count) tests"
      throw TestReportError(.plan, line: line, "no plan (\"1..N\") and \(found): did the test program end too early?")
    }
    guard plan.count == numbers.count else {
      throw TestReportError(
        .plan, line: plan.line, "the plan says \(plan.count) tests, the stream holds \(numbers.count)")
    }
    if let stray = numbers.filter({ $0 < 1 || $0 > plan.count }).min() {
      throw TestReportError(.plan, line: plan.line, "test \(stray) is not within the plan of 1 to \(plan.count)")
    }
  }

  /// Keeps the test at hand after a fault elsewhere. A second fault here would say nothing new.
  mutating func salvage() { try? flush() }

  private mutating func add(_ test: TAPTestLine) throws(TestReportError) {
    try flush()
    hasBegun = true
    if let plan, !plan.isFirst {
      throw TestReportError(
        .plan, line: line, "a test after the plan of line \(plan.line), which has to be first or last")
    }
    let number = test.number ?? lastNumber + 1
    guard number < Int.max else { throw TestReportError(.plan, line: line, "a test number of too many digits") }
    guard numbers.count < collector.limits.cases else {
      throw TestReportError(.size, line: line, "more than \(collector.limits.cases) tests")
    }
    guard numbers.insert(number).inserted else {
      throw TestReportError(.plan, line: line, "test \(number) stands twice")
    }
    lastNumber = number
    let found = test.testCase(number: number)
    pending = found
    let parts = subtests.close(found, depth: 0)
    for part in parts.children { try collector.add(part, line: line) }
    pending = parts.parent
  }

  private mutating func setPlan(_ count: Int) throws(TestReportError) {
    if let plan { throw TestReportError(.plan, line: line, "a second plan: the first is in line \(plan.line)") }
    plan = Plan(count: count, line: line, isFirst: numbers.isEmpty)
    hasBegun = true
  }

  private mutating func checkVersion(_ text: Substring) throws(TestReportError) {
    let version = text.dropFirst("TAP version ".count)
    guard ["12", "13", "14"].contains(version) else {
      throw TestReportError(.version, line: line, "TAP version \(version.prefix(20)): known are 12, 13 and 14")
    }
    if hasBegun { throw TestReportError(.structure, line: line, "a version line after the stream has begun") }
    hasBegun = true
  }

  private mutating func addIndented(_ rest: Substring, _ indent: Substring) throws(TestReportError) {
    if rest == "---" {
      blockIndent = indent
      keepsBlock = pending != nil && indent.count < 4
    } else if rest.lowercased().hasPrefix("bail out!") {
      throw bailOut(rest)
    } else {
      try subtests.add(rest, indent: indent, line: line)
    }
  }

  private mutating func continueBlock(_ content: Substring, _ rest: Substring, _ indent: Substring) {
    if rest == "...", indent.count == blockIndent?.count {
      blockIndent = nil
    } else if keepsBlock, var test = pending,
      test.message.utf8.count + content.utf8.count < TestReportLimits.message
    {
      test.message += test.message.isEmpty ? String(content) : "\n" + content
      pending = test
    }
  }

  private func bailOut(_ text: Substring) -> TestReportError {
    let reason = text.dropFirst("bail out!".count).trimmedStart.prefix(200)
    return TestReportError(.bailOut, line: line, "the run was given up\(reason.isEmpty ? "" : ": \(reason)")")
  }

  private mutating func flush() throws(TestReportError) {
    let test = pending
    pending = nil
    blockIndent = nil
    if let test { try collector.add(test, line: line) }
  }
}
