/// Decides whether a run of tests counts as passed.
///
/// A report alone proves little: it can be empty, shortened or forged. So the names that the baseline had must be there
/// and pass, something must have been tested at all, and the exit code must tell the same story.
public enum TestGate {
  /// Judges one run.
  ///
  /// - Parameters:
  ///   - report: What the run reported.
  ///   - exitCode: How the test command ended; nil where it was killed, which the caller has to say.
  ///   - success: The exit code that stands for "all tests passed".
  ///   - pinned: The names that passed at the baseline. Each that is not unstable must pass.
  ///   - required: Names that must pass in any case, unstable or not.
  ///   - unstable: Names that the baseline's two runs disagreed on. They may fail, be skipped or be missing, and a pass at
  ///     a later try counts for them. For all others it does so only if `flaky` says it: a new flaky test is a race that the
  ///     candidate brought.
  ///   - failToPass: Names that did not pass at the baseline and must now.
  ///   - passToPass: Names that passed at the baseline and still must; nil to judge what is pinned, and every other test that
  ///     is found, instead.
  ///   - flaky: What a pass at a later try is worth.
  /// - Returns: `passed` only without any reason against it.
  public static func judge(
    report: TestReport, exitCode: Int32?, success: Int32 = 0, pinned: Set<String> = [], required: Set<String> = [],
    unstable: Set<String> = [], failToPass: Set<String> = [], passToPass: Set<String>? = nil, flaky: FlakyRule = .fail
  ) -> TestVerdict {
    var counts = TestCounts(report)
    var reasons: [String] = []
    if let fault = report.fault {
      reasons.append(
        counts.total == 0 ? "\(fault)" : "the report is partial, \(counts.total) tests were read: \(fault)")
    }
    guard counts.total > 0 else {
      let ended = exitCode.map { " (exit code \($0))" } ?? ""
      reasons.append("no tests were found\(ended): an empty report is never a pass")
      return TestVerdict(counts: counts, reasons: reasons)
    }
    var outcomes = Dictionary(report.cases.map { ($0.name, $0.outcome) }) { $0.badness >= $1.badness ? $0 : $1 }
    if flaky == .pass {
      outcomes = outcomes.mapValues { $0 == .flaky ? .passed : $0 }
      counts.passed += counts.flaky
      counts.flaky = 0
    }
    let named = required.union(failToPass)
    let held = (passToPass ?? pinned.subtracting(unstable)).subtracting(named)
    reasons += shortfall(passToPass == nil ? "pinned" : "pass_to_pass", held, outcomes, unstable)
    reasons += shortfall("fail_to_pass", failToPass.subtracting(required), outcomes, [])
    reasons += shortfall("required", required, outcomes, unstable)
    if passToPass == nil {
      let others = outcomes.filter { !unstable.contains($0.key) && !held.contains($0.key) && !named.contains($0.key) }
      let broken = others.filter { $0.value == .failed || $0.value == .errored }
      if !broken.isEmpty { reasons.append("failed: \(listed(broken.keys))") }
      let late = others.filter { $0.value == .flaky }
      if !late.isEmpty { reasons.append("passed only when tried again: \(listed(late.keys))") }
    }
    if counts.skipped == counts.total {
      let which = counts.total == 1 ? "the only test was" : "all \(counts.total) tests were"
      reasons.append("\(which) skipped: nothing was tested")
    }
    if let exitCode { reasons += disagreement(exitCode, success, outcomes, counts) }
    return TestVerdict(counts: counts, reasons: reasons)
  }

  private static func shortfall(
    _ what: String, _ names: Set<String>, _ outcomes: [String: TestOutcome], _ unstable: Set<String>
  ) -> [String] {
    var groups: [String: [String]] = [:]
    for name in names {
      switch outcomes[name] {
      case .passed: continue
      case .flaky where unstable.contains(name): continue
      case .flaky: groups["passed only when tried again", default: []].append(name)
      case .skipped: groups["were skipped", default: []].append(name)
      case .failed: groups["failed", default: []].append(name)
      case .errored: groups["ended with an error", default: []].append(name)
      case nil: groups["did not run", default: []].append(name)
      }
    }
    return groups.sorted { $0.key < $1.key }.map { "\(what) tests \($0.key): \(listed($0.value))" }
  }

  /// Exit code and report must agree both ways.
  private static func disagreement(
    _ exitCode: Int32, _ success: Int32, _ outcomes: [String: TestOutcome], _ counts: TestCounts
  ) -> [String] {
    let broken = counts.failed + counts.errored
    if exitCode == success, broken > 0 {
      let names = outcomes.filter { $0.value == .failed || $0.value == .errored }.keys
      return ["the exit code is \(exitCode), but the report holds \(broken) failed: \(listed(names))"]
    }
    if exitCode != success, broken == 0 {
      return ["the exit code is \(exitCode), but no test in the report failed"]
    }
    return []
  }

  /// Ten names and 120 characters of each: a report can hold a million, each a megabyte long.
  private static func listed(_ names: some Collection<String>) -> String {
    let shown = names.sorted().prefix(10).map { $0.count > 120 ? $0.prefix(120) + "..." : $0 }
      .joined(separator: ", ")
    return names.count > 10 ? shown + " and \(names.count - 10) more" : shown
  }
}
