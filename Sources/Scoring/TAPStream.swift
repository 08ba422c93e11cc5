/// Where the reading of a TAP stream stands.
struct TAPStream {
  private struct Plan {
    let count: Int
    let line: Int
    let isFirst: Bool
  }

  private var collector = TestCaseCollector()
  private var line = 0
  private var plan: Plan?
  private var numbers: Set<Int> = []
  private var lastNumber = 0
  private var hasBegun = false
  /// The test whose diagnostics may follow.
  private var pending: TestCase?
  /// The indent of the diagnostic block at hand.
  private var blockIndent: Substring?
  /// Whether the block is a top-level test's own, not one of a subtest (four spaces and more).
  private var keepsBlock = false

  mutating func add(_ text: String) throws(TestReportError) {
    line += 1
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
    if rest.hasPrefix("1.."), let count = planCount(rest) { try setPlan(count) }
  }

  mutating func finish() throws(TestReportError) -> TestReport {
    flush()
    let last = max(1, line)
    guard let plan else {
      let found = numbers.isEmpty ? "no tests" : "\(numbers.count) tests"
      throw TestReportError(.plan, line: last, "no plan (\"1..N\") and \(found): did the test program end too early?")
    }
    guard plan.count == numbers.count else {
      throw TestReportError(
        .plan, line: plan.line, "the plan says \(plan.count) tests, the stream holds \(numbers.count)")
    }
    if let stray = numbers.filter({ $0 < 1 || $0 > plan.count }).min() {
      throw TestReportError(.plan, line: plan.line, "test \(stray) is not within the plan of 1 to \(plan.count)")
    }
    return TestReport(cases: collector.cases)
  }

  private mutating func add(_ test: TAPTestLine) throws(TestReportError) {
    flush()
    hasBegun = true
    if let plan, !plan.isFirst {
      throw TestReportError(
        .plan, line: line, "a test after the plan of line \(plan.line), which has to be first or last")
    }
    let number = test.number ?? lastNumber + 1
    guard number < Int.max else { throw TestReportError(.plan, line: line, "a test number of too many digits") }
    guard numbers.insert(number).inserted else {
      throw TestReportError(.plan, line: line, "test \(number) stands twice")
    }
    lastNumber = number
    pending = TestCase(
      name: test.description.isEmpty ? "test \(number)" : test.description, outcome: test.outcome,
      message: test.directive?.reason ?? "")
  }

  private mutating func setPlan(_ count: Int) throws(TestReportError) {
    if let plan { throw TestReportError(.plan, line: line, "a second plan: the first is in line \(plan.line)") }
    plan = Plan(count: count, line: line, isFirst: numbers.isEmpty)
    hasBegun = true
  }

  /// The N of `1..N`, with nothing but a comment behind it.
  private func planCount(_ text: Substring) -> Int? {
    let digits = text.dropFirst(3).prefix { $0.isASCII && $0.isNumber }
    let behind = text.dropFirst(3 + digits.count).trimmedStart
    return behind.isEmpty || behind.first == "#" ? Int(digits) : nil
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
    }
  }

  private mutating func continueBlock(_ content: Substring, _ rest: Substring, _ indent: Substring) {
    if rest == "...", indent.count == blockIndent?.count {
      blockIndent = nil
    } else if keepsBlock, var test = pending, test.message.utf8.count + content.utf8.count < TestCase.messageLimit {
      test.message += test.message.isEmpty ? String(content) : "\n" + content
      pending = test
    }
  }

  private func bailOut(_ text: Substring) -> TestReportError {
    let reason = text.dropFirst("bail out!".count).trimmedStart.prefix(200)
    return TestReportError(.bailOut, line: line, "the run was given up\(reason.isEmpty ? "" : ": \(reason)")")
  }

  private mutating func flush() {
    if let test = pending { collector.add(test) }
    pending = nil
    blockIndent = nil
  }
}
