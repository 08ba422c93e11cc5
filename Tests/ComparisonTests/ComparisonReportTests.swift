import Comparison
import Reporting
import Testing

@Suite("The verdict of a comparison") struct ComparisonReportTests {
  private func report(
    _ answers: [CaseAnswer], gates: [Bool] = [], failure: ComparisonFailure? = nil
  ) -> ComparisonReport {
    var report = ComparisonReport(
      name: "one", base: ComparedSide(label: "base", about: "main"), head: ComparedSide(label: "head", about: "tree"))
    report.cases = answers.map { CaseReport(name: $0.rawValue, unit: "s", margin: 0.01, answer: $0) }
    report.gates = gates.map { GateReport(name: "tests", passed: $0, explanation: "") }
    report.failure = failure
    return report
  }

  @Test(
    "the gravest answer stands, and each has its exit code",
    arguments: [
      ([CaseAnswer.same], ComparisonVerdict.same, 0), ([.better, .same], .better, 0),
      ([.worse, .better], .worse, 1), ([.undecided, .better], .undecided, 3), ([.worse, .undecided], .worse, 1),
      ([.new, .better], .new, 4), ([.new, .undecided], .undecided, 3), ([.new, .worse], .worse, 1),
      ([.notMeasured], .undecided, 3),
    ])
  func answers(answers: [CaseAnswer], verdict: ComparisonVerdict, code: Int) {
    #expect(report(answers).verdict == verdict)
    #expect(report(answers).verdict.exitCode() == Int32(code))
  }

  @Test(
    "what can't be compared is never a pass",
    arguments: [
      (ComparisonFailure.head("build"), ComparisonVerdict.failed, 1), (.base("build"), .baseFailed, 6),
      (.noBase("shallow"), .noBase, 5), (.firstRun("none"), .new, 4),
    ])
  func failures(failure: ComparisonFailure, verdict: ComparisonVerdict, code: Int) {
    let report = report([.better], failure: failure)
    #expect(report.verdict == verdict)
    #expect(report.verdict.exitCode() == Int32(code))
    #expect(!report.verdict.isGood)
  }

  @Test("a failing gate beats any speed")
  func gates() {
    #expect(report([.better], gates: [true, false]).verdict == .failed)
    #expect(report([.better], gates: [true]).verdict == .better)
    #expect(report([.better], gates: [false], failure: .firstRun("none")).verdict == .failed)
  }

  @Test("the user says what unclear answers count as, and only those")
  func leniency() {
    #expect(ComparisonVerdict.undecided.exitCode(undecided: .pass) == 0)
    #expect(ComparisonVerdict.undecided.exitCode(undecided: .fail) == 1)
    #expect(ComparisonVerdict.new.exitCode(undecided: .pass) == 4)
    #expect(ComparisonVerdict.new.exitCode(new: .pass) == 0)
    for verdict in ComparisonVerdict.allCases where verdict != .new && verdict != .undecided {
      #expect(verdict.exitCode(undecided: .pass, new: .pass) == verdict.exitCode())
    }
  }
}

@Suite("A comparison as text") struct ComparisonTextTests {
  private func measured(_ ratios: [Double], base: Double = 0.01) -> CaseReport {
    var each = CaseReport(name: "speed", unit: "s", margin: 0.01, answer: .worse)
    each.base = ratios.map { _ in Measurement(value: base) }
    each.head = ratios.map { Measurement(value: base * $0) }
    each.logRatios = ratios.map { log($0) }
    each.ratio = ratios.sorted()[ratios.count / 2]
    each.interval = 1.02...1.08
    return each
  }

  @Test("a table with ratio, interval, pairs and answer, a plot, and the verdict in words")
  func table() {
    var report = ComparisonReport(
      name: "x", base: ComparedSide(label: "base", about: "main 1234567"),
      head: ComparedSide(label: "head", about: "the working tree"))
    report.cases = [measured([1.04, 1.05, 1.06])]
    report.gates = [GateReport(name: "correct", passed: true, explanation: "12 tests")]
    report.machine = MachineConditions(processors: 2, loadBefore: 0.5, loadAfter: 1, steal: 0)
    report.seconds = 1.5
    #expect(
      ComparisonText(colour: false).text(report) == """
        base  main 1234567
        head  the working tree

        GATE     SAYS
        correct  pass  12 tests

        CASE   BASE     HEAD     RATIO  INTERVAL        PAIRS  ANSWER
        speed  10.0 ms  10.5 ms  1.050  1.020 to 1.080  3      worse

        pairs, new over old
        speed  -5.8 %                 │          █  █ █ +5.8 %

        machine: load 0.50 to 1.00 on 2 processors, steal 0.0 %  [1.50 s]
        worse: head: takes 5 % longer, more than the margin of 1 %

        """)
  }

  @Test("control characters of a program's output don't reach the terminal")
  func hostile() {
    var report = ComparisonReport(
      name: "x", base: ComparedSide(label: "A", about: "a\u{1b}[31m"), head: ComparedSide(label: "B", about: "b"))
    report.failure = .head("exited with 1\n\u{1b}]0;owned\u{7}")
    let text = ComparisonText(colour: false).text(report)
    #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
    #expect(text.contains("\\x1b]0;owned"))
  }

  @Test("colour only where it is asked for")
  func colour() {
    var report = ComparisonReport(
      name: "x", base: ComparedSide(label: "A", about: "a"), head: ComparedSide(label: "B", about: "b"))
    report.cases = [measured([1.05])]
    #expect(!ComparisonText(colour: false).text(report).contains("\u{1b}"))
    #expect(ComparisonText(colour: true).text(report).contains("\u{1b}[31mworse\u{1b}[0m"))
  }

  @Test("the plot keeps its width, and wild pairs stay in the last columns")
  func plot() {
    let line = PairPlot.line((0..<20).map { Double($0 - 10) / 1000 } + [5.0], margin: 0.01, columns: 8)
    #expect(line.hasSuffix(" +2.0 %"))
    #expect(line.count == "-2.0 % ".count + 17 + " +2.0 %".count)
    #expect(PairPlot.line([], margin: 0.01) == "")
  }
}
