import Harness
import LoopControl
import Scoring
import Testing

/// What `belljar score` does with the reports of small programs that print or write one.
@Suite("Test reports in an evaluation") struct TestReportTests {
  private func score(
    _ scorer: String, _ script: String, files: [String: String] = [:], budget: String = "{wall: 30 s}"
  ) throws -> ScorerOutcome {
    let project = try Project(
      ["src/a": "a\n", "run.sh": "#!/bin/sh\n\(script)\n"].merging(files) { $1 },
      harness: """
        name: tests
        surface: {editable: ["src/**"]}
        budget: \(budget)
        scorers:
          - {name: correct, kind: tests, role: gate, run: ./run.sh, \(scorer)}
        """)
    return try #require(try TreeScore.evaluate(project.bench()).first)
  }

  private func go(_ action: String, _ test: String? = nil) -> String {
    let name = test.map { #","Test":"\#($0)""# } ?? ""
    return #"echo '{"Action":"\#(action)","Package":"p"\#(name)}'"#
  }

  @Test("go test -json on stdout is read; exit code 0 beside a failure is said")
  func goOnOutput() throws {
    let pass = [go("start"), go("pass", "TestA"), go("skip", "TestB"), go("pass")].joined(separator: "\n")
    let good = try score("report: go-test-json", pass)
    #expect(good.passed == true)
    #expect(good.value == 0.5)
    #expect(good.channel == .inside)
    let lies = try score("report: go-test-json", [go("fail", "TestA"), go("fail"), "exit 0"].joined(separator: "\n"))
    #expect(lies.passed == false)
    #expect(lies.explanation.contains("the exit code is 0, but the report holds 1 failed: p.TestA"))
    let fails = try score("report: go-test-json", pass + "\nexit 1")
    #expect(fails.explanation.contains("the exit code is 1, but no test in the report failed"))
  }

  @Test("reports in the tree are read by a pattern, but only those that the run itself wrote")
  func surefire() throws {
    let stale = "<testsuite name='Old'><testcase classname='Old' name='stale'><failure/></testcase></testsuite>"
    let files = ["target/surefire-reports/TEST-Old.xml": stale]
    let scorer = #"report: junit, report_file: "$BELLJAR_TREE/**/target/surefire-reports/*.xml""#
    let write = """
      for each in A B; do
        mkdir -p target/surefire-reports module/target/surefire-reports
        echo "<testsuite name='$each'><testcase classname='$each' name='works'/></testsuite>" \
          > target/surefire-reports/TEST-$each.xml
      done
      cp target/surefire-reports/TEST-A.xml module/target/surefire-reports/TEST-C.xml
      sed -i s/A/C/g module/target/surefire-reports/TEST-C.xml
      """
    let good = try score(scorer, write, files: files)
    #expect(good.passed == true, "\(good.explanation)")
    #expect(good.explanation == "3 tests")
    let none = try score(scorer, "true", files: files)
    #expect(none.passed == false)
    #expect(none.explanation.contains("the tests left no report"))
    #expect(none.explanation.contains("was not written by this run"))
  }

  @Test("a link, a pipe and a file that is not there are no report", arguments: ["ln -s /etc/passwd", "mkfifo", ": #"])
  func notRegular(_ command: String) throws {
    let found = try score("report: junit", #"\#(command) "$BELLJAR_OUT/junit.xml""#)
    #expect(found.passed == false)
    #expect(found.explanation.contains("$BELLJAR_OUT/junit.xml is not there"))
  }

  @Test("tests that were all skipped are no pass, and no baseline for a loop")
  func allSkipped() throws {
    let script = "echo 1..1; echo 'ok 1 - a # SKIP no network'"
    let found = try score("report: tap", script)
    #expect(found.passed == false)
    #expect(found.explanation.contains("the only test was skipped: nothing was tested"))
    let project = try Project(
      ["src/a": "a\n", "run.sh": "#!/bin/sh\n\(script)\n"],
      harness: """
        name: skipped
        surface: {editable: ["src/**"]}
        scorers: [{name: tests, kind: tests, role: gate, report: tap, run: ./run.sh}]
        agent: {kind: command, run: "true"}
        loop: {strategy: retry, stop: {iterations: 1}}
        """)
    let error = #expect(throws: EvaluationFault.self) { _ = try project.loop() }
    let why = "tests: the baseline has no tests: the only test was skipped: nothing was tested"
    #expect("\(try #require(error))" == "invalid: \(why)")
  }

  @Test("a run that is killed keeps what its report holds")
  func timeout() throws {
    let found = try score(
      "report: cargo-test", "echo 'running 2 tests'; echo 'test a ... ok'; sleep 30", budget: "{wall: 1 s}")
    #expect(found.passed == false)
    #expect(found.value == 1)
    #expect(found.explanation.contains("the report is partial, 1 tests were read"))
  }

  @Test("swift test's two files are one report")
  func swiftTest() throws {
    let suite = "<testsuites><testsuite name='T'><testcase classname='M.%' name='works'/></testsuite></testsuites>"
    let found = try score(
      "report: junit",
      ["junit.xml", "junit-swift-testing.xml"].enumerated().map {
        #"echo "\#(suite)" | sed s/%/\#($0)/ > "$BELLJAR_OUT/\#($1)""#
      }.joined(separator: "\n"))
    #expect(found.explanation == "2 tests")
  }

  @Test("a flaky pass counts as the harness says", arguments: ["fail", "pass"])
  func flaky(_ rule: String) throws {
    let found = try score(
      "report: libtest-json, flaky: \(rule)",
      """
      echo '{"type":"suite","event":"started"}'
      echo '{"type":"test","event":"ok","name":"c::b$t#2"}'
      echo '{"type":"suite","event":"ok"}'
      """)
    #expect(found.passed == (rule == "pass"))
    #expect(found.explanation.contains("passed only when tried again"))
  }

  @Test("what stands on stdout beyond a megabyte is read too")
  func longOutput() throws {
    let script = """
      echo 1..2; echo ok 1 - a
      i=0; while [ $i -lt 20000 ]; do echo '# a hundred bytes of a comment, to make a report that is longer than one megabyte ........'; i=$((i+1)); done
      echo ok 2 - b
      """
    let found = try score("report: tap", script)
    #expect(found.passed == true, "\(found.explanation)")
    #expect(found.explanation == "2 tests")
  }
}
