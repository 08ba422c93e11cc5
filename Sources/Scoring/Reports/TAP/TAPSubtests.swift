/// The subtests of a TAP stream, which stand before the test that they belong to, four spaces deeper for each level.
///
/// A subtest without a test that closes it is a program's own indented output, or a run that was cut off, which the plan
/// of the level above shows.
struct TAPSubtests {
  private struct Level {
    var cases: [TestCase] = []
    /// How many of `cases` stand on this level itself, not below it.
    var count = 0
    var plan: Int?
  }

  private let limits: TestReportLimits
  /// The levels from the top down; the first is four spaces deep.
  private var levels: [Level] = []
  private var waiting = 0
  private var waitingBytes = 0

  init(limits: TestReportLimits) { self.limits = limits }

  /// Takes an indented line that stands in no diagnostic block.
  mutating func add(_ text: Substring, indent: Substring, line: Int) throws(TestReportError) {
    let depth = indent.utf8.count / 4
    guard indent.utf8.count == depth * 4, indent.first == " ", depth <= limits.depth else { return }
    if let test = TAPTestLine(String(text)) {
      let number = test.number ?? (depth <= levels.count ? levels[depth - 1].count : 0) + 1
      let (children, parent) = close(test.testCase(number: number), depth: depth)
      while levels.count < depth { levels.append(Level()) }
      levels[depth - 1].count += 1
      for each in children + [parent] { try wait(each, depth: depth, line: line) }
    } else if let count = TAPTestLine.plan(text) {
      while levels.count < depth { levels.append(Level()) }
      if levels[depth - 1].plan == nil { levels[depth - 1].plan = count }
    }
  }

  /// The tests below a test of a depth, named after it, and the test itself: an error where its subtest breaks its plan.
  mutating func close(_ parent: TestCase, depth: Int) -> (children: [TestCase], parent: TestCase) {
    guard levels.count > depth else { return ([], parent) }
    let level = levels[depth]
    levels.removeSubrange(depth...)
    waiting -= level.cases.count
    waitingBytes -= level.cases.reduce(0) { $0 + $1.name.utf8.count }
    var parent = parent
    if let plan = level.plan, plan != level.count, parent.outcome == .passed {
      parent.outcome = .errored
      parent.message = "the subtest's plan says \(plan) tests, it holds \(level.count)"
    }
    let children = level.cases.map { child in
      var child = child
      child.name = "\(parent.name) / \(child.name)".boundedName
      // What is below a test that is expected to fail, or skipped, is so too.
      if parent.outcome == .skipped { child.outcome = .skipped }
      return child
    }
    return (children, parent)
  }

  private mutating func wait(_ test: TestCase, depth: Int, line: Int) throws(TestReportError) {
    var test = test
    test.name = test.name.boundedName
    waiting += 1
    waitingBytes += test.name.utf8.count
    guard waiting <= limits.cases, waitingBytes <= limits.names else {
      throw TestReportError(.size, line: line, "more subtests than can be kept")
    }
    levels[depth - 1].cases.append(test)
  }
}
