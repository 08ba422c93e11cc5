import Comparison
import Harness
import Testing

@Suite("Two revisions compared", .serialized) struct RevisionComparisonTests {
  /// A program that is built, tested and timed. It sleeps, which takes the same time also on a busy machine.
  private func timed() throws -> Repository {
    let repository = try Repository()
    try repository.commit(
      "base",
      [
        "src/count.sh": "sleep 0.3; echo 42\n", "build.sh": "cp src/count.sh count\n",
        "run-tests": """
        #!/bin/sh
        echo 1..1
        [ "$(sh count)" = 42 ] && echo 'ok 1 - sum' || { echo 'not ok 1 - sum'; exit 1; }
        """,
        "belljar.yaml": """
        name: count
        surface: {editable: ["src/**"]}
        build: {run: sh build.sh, outputs: [count]}
        scorers:
          - {name: correct, kind: tests, role: gate, report: tap, run: ./run-tests}
          - {name: speed, kind: benchmark, role: objective, run: sh count, margin: 4 %}
        """,
      ])
    return repository
  }

  /// A number that is better when it is smaller: no time is measured.
  private func numbered() throws -> Repository {
    let repository = try Repository()
    try repository.commit(
      "base",
      [
        "number": "9\n", "check.sh": "test \"$(cat number)\" -gt 3\n",
        "belljar.yaml": """
        name: number
        surface: {editable: [number]}
        scorers:
          - {name: large, kind: exit-code, role: gate, run: sh check.sh}
          - name: small
            kind: command
            role: objective
            direction: minimize
            deterministic: true
            run: cat number > "$BELLJAR_OUT/n"
            score: cat "$BELLJAR_OUT/n"

        """,
      ])
    return repository
  }

  @Test("a neutral commit passes, one that is 10 % slower and one that is faster but wrong don't")
  func threeCommits() throws {
    let repository = try timed()
    try repository.commit("neutral", ["src/count.sh": "# sleeps\nsleep 0.3; echo 42\n"])
    try repository.commit("slower", ["src/count.sh": "sleep 0.33; echo 42\n"])
    try repository.commit("wrong", ["src/count.sh": "sleep 0.1; echo 41\n"])
    let neutral = try repository.compare("HEAD~3", "HEAD~2")
    #expect(neutral.verdict == .same)
    #expect(neutral.gates.map(\.passed) == [true])
    let slower = try repository.compare("HEAD~3", "HEAD~1")
    #expect(slower.verdict == .worse)
    #expect((slower.cases.first?.ratio ?? 0) > 1.05)
    let wrong = try repository.compare("HEAD~3", "HEAD")
    #expect(wrong.verdict == .failed)
    #expect(wrong.gates.map(\.explanation) == ["pinned tests failed: sum"])
    #expect(wrong.cases.map(\.answer) == [.notMeasured])
  }

  @Test("a program's own report is compared benchmark by benchmark; one that is gone fails")
  func reported() throws {
    let repository = try Repository()
    func report(_ sort: Int, _ hash: Int) -> String { "BenchmarkSort 1 \(sort) ns/op\nBenchmarkHash 1 \(hash) ns/op\n" }
    try repository.commit(
      "base",
      [
        "report": report(100, 200),
        "belljar.yaml": """
        name: reported
        surface: {editable: [report]}
        scorers:
          - {name: speed, kind: benchmark, role: objective, run: cat report, measure: reported, report: go}
        """,
      ])
    try repository.commit("slower hash", ["report": report(100, 260)])
    try repository.commit("no hash", ["report": "BenchmarkSort 1 100 ns/op\n"])
    let compared = try repository.compare("HEAD~2", "HEAD~1")
    #expect(compared.cases.map(\.name) == ["speed BenchmarkSort", "speed BenchmarkHash"])
    #expect(compared.cases.map(\.answer) == [.same, .worse])
    #expect(compared.cases.map(\.unit) == ["s", "s"])
    let added = try repository.compare("HEAD", "HEAD~2")
    #expect(added.cases.map(\.name) == ["speed BenchmarkSort", "speed BenchmarkHash"])
    #expect(added.cases.map(\.answer) == [.same, .new])
    #expect(added.cases.map(\.unit) == ["s", "s"])
    #expect(added.verdict == .new)
    let gone = try repository.compare("HEAD~1", "HEAD")
    #expect(gone.failure == .head("speed: its report lacks 'BenchmarkHash', which base's has in s"))
  }

  @Test("a build failure of either side is named")
  func builds() throws {
    let repository = try timed()
    try repository.commit("broken", ["build.sh": "echo oops >&2; exit 2\n"])
    try repository.commit("mended", ["build.sh": "cp src/count.sh count\n"])
    let head = try repository.compare("HEAD~2", "HEAD~1")
    #expect(head.verdict == .failed)
    #expect(head.failure == .head("build exited with 2\noops\n"))
    let base = try repository.compare("HEAD~1", "HEAD")
    #expect(base.verdict == .baseFailed)
  }

  @Test("better, worse and the same, without a clock, against the work tree as it is")
  func deterministic() throws {
    let repository = try numbered()
    #expect(try repository.compare("HEAD").verdict == .same)
    #expect(try repository.compare("HEAD").notes.contains("both sides have the same files, so nothing was measured"))
    try repository.write("number", "8\n")
    #expect(try repository.compare().verdict == .better)
    try repository.write("number", "10\n")
    #expect(try repository.compare().verdict == .worse)
    #expect(try repository.compare(margin: 0.1).verdict == .worse)
    let within = try repository.compare(margin: 0.2)
    #expect(within.verdict == .same)
    #expect(within.cases.map(\.margin) == [0.2])
    try repository.write("number", "2\n")
    let failed = try repository.compare()
    #expect(failed.verdict == .failed)
    #expect(failed.gates.first?.explanation.contains("base") == false)
  }

  @Test("a gate that head weakens, or removes with the harness, still holds as base has it")
  func weakened() throws {
    let repository = try numbered()
    try repository.commit("weaker", ["number": "1\n", "check.sh": "true\n"])
    let held = try repository.compare("HEAD~1")
    #expect(held.verdict == .failed)
    #expect(held.differences == ["check.sh: the harness's files are base's on both sides"])
    let trusted = try repository.compare("HEAD~1", source: .head)
    #expect(trusted.verdict == .better)
    try repository.commit("no harness", ["belljar.yaml": ""])
    let deleted = try repository.compare("HEAD~2")
    #expect(deleted.verdict == .failed)
    #expect(deleted.differences.first?.contains("belljar.yaml is not on both sides") == true)
  }

  @Test("a head that deletes the harness fails, an older revision from before it doesn't")
  func deletedHarness() throws {
    let repository = try Repository()
    try repository.commit("before", ["number": "9\n", "check.sh": "test \"$(cat number)\" -gt 3\n"])
    let other = try numbered()
    try repository.shell("cp \(other.folder)/belljar.yaml .")
    try repository.commit("harness", [:])
    try repository.commit("no harness", ["belljar.yaml": ""])
    let deleted = try repository.compare("HEAD~1", "HEAD")
    #expect(deleted.verdict == .failed)
    #expect(
      deleted.gates.first == GateReport(name: "belljar.yaml", passed: false, explanation: "head has no belljar.yaml"))
    // So does a work tree in which it isn't committed yet.
    try repository.shell("git checkout -q HEAD~1 && rm belljar.yaml")
    #expect(try repository.compare("HEAD").verdict == .failed)
    try repository.shell("git checkout -q belljar.yaml")
    let older = try repository.compare("HEAD", "HEAD~1")
    #expect(older.verdict == .same)
    #expect(older.differences.first?.contains("belljar.yaml is not on both sides") == true)
    let trusted = try repository.compare("main~1", "main", source: .head)
    #expect(trusted.verdict == .failed)
    guard case .head(let why) = trusted.failure else {
      Issue.record("\(String(describing: trusted.failure))")
      return
    }
    #expect(why.hasPrefix("it has no belljar.yaml, but "))
  }

  @Test("a harness of head's that is wrong fails, although base's counts")
  func brokenHarness() throws {
    let repository = try numbered()
    try repository.shell("echo 'nonsense: 1' >> belljar.yaml && echo 8 > number")
    let report = try repository.compare()
    #expect(report.verdict == .failed)
    #expect(report.gates.map(\.name) == ["belljar.yaml", "large"])
    #expect(report.gates.first?.explanation.contains("unknown key 'nonsense'") == true)
  }

  @Test("a gate that fails on base as well says so")
  func failsOnBoth() throws {
    let repository = try numbered()
    try repository.commit("one", ["number": "1\n"])
    try repository.commit("two", ["number": "2\n"])
    let report = try repository.compare("HEAD~1")
    #expect(report.verdict == .failed)
    #expect(report.gates.first?.explanation.hasSuffix("(it fails on base as well)") == true)
  }

  @Test("a case that only head's harness has is new, and no pass unless the user says so")
  func newCase() throws {
    let repository = try numbered()
    try repository.shell(
      "sed -n '/name: small/,$p' belljar.yaml | sed 's/small/other/; s/objective/guard/' >> belljar.yaml && echo 8 > number"
    )
    let report = try repository.compare()
    #expect(report.cases.map(\.name) == ["small", "other"])
    #expect(report.cases.map(\.answer) == [.better, .new])
    #expect(report.verdict == .new)
    #expect(report.differences == ["belljar.yaml differs: base's is used (--harness-from head takes the other)"])
    #expect(try repository.compare(source: .head).verdict == .better)
  }

  @Test("a first run judges head's gates, and says that there is nothing to compare with")
  func firstRun() throws {
    let repository = try Repository()
    try repository.commit("before", ["number": "9\n"])
    let other = try numbered()
    try repository.shell("cp \(other.folder)/belljar.yaml \(other.folder)/check.sh .")
    let report = try repository.compare()
    #expect(report.verdict == .new)
    #expect(report.gates.map(\.passed) == [true])
    #expect(report.cases.map(\.answer) == [.new])
    try repository.write("number", "1\n")
    #expect(try repository.compare().verdict == .failed)
    // With head's harness the old files can be measured already.
    try repository.write("number", "8\n")
    #expect(try repository.compare(source: .head).verdict == .better)
  }

  @Test("hidden files are base's, and neither side sees them")
  func hidden() throws {
    let repository = try Repository()
    try repository.commit(
      "base",
      [
        "number": "9\n", "grading/limit": "5\n",
        "belljar.yaml": """
        name: hidden
        surface: {editable: [number], hidden: ["grading/**"]}
        scorers:
          - name: unseen
            kind: command
            role: holdout
            run: '! cat grading/limit && cat number > "$BELLJAR_OUT/n"'
            score: 'if [ "$(cat "$BELLJAR_OUT/n")" -ge "$(cat /harness/grading/limit)" ]; then echo 1; else echo "{\\"reject\\": \\"too small\\"}"; fi'
        """,
      ])
    try repository.commit("lower", ["number": "4\n", "grading/limit": "1\n"])
    let report = try repository.compare("HEAD~1")
    #expect(report.gates.map(\.passed) == [false])
    #expect(report.gates.first?.explanation.hasPrefix("too small") == true)
  }
}
