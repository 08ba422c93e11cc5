import Comparison
import FoundationEssentials
import Reporting
import Scoring
import Testing

@Suite("A comparison in the formats of others") struct ReportFormatTests {
  /// Two cases, one worse and one not clear, and a gate.
  private func report() -> ComparisonReport {
    var report = ComparisonReport(
      name: "demo", base: ComparedSide(label: "base", about: "main (1234567890)"),
      head: ComparedSide(label: "head", about: "the work tree"))
    func runs(_ seconds: [Double]) -> [Measurement] {
      seconds.map {
        Measurement(value: $0, wall: $0, user: $0 / 2, system: $0 / 4, peakMemory: 1_000_000, exitCode: 0)
      }
    }
    var slow = CaseReport(name: "speed (file=a b)", unit: "s", margin: 0.01, answer: .worse)
    slow.base = runs([0.010, 0.010, 0.010, 0.010, 0.010, 0.010, 0.010, 0.010])
    slow.head = runs([0.011, 0.011, 0.011, 0.011, 0.011, 0.011, 0.011, 0.011])
    slow.logRatios = slow.base.map { _ in log(1.1) }
    slow.ratio = 1.1
    slow.interval = 1.05...1.15
    var unclear = CaseReport(name: "size", unit: "bytes", margin: 0.01, answer: .undecided)
    unclear.base = [Measurement(value: 100)]
    unclear.head = [Measurement(value: 101)]
    unclear.ratio = 1.01
    report.cases = [slow, unclear]
    report.gates = [GateReport(name: "correct", passed: true, explanation: "3 tests")]
    report.harnessPath = "sub dir/belljar.yaml"
    report.seconds = 1
    return report
  }

  /// What a program in a sandbox might print to be taken for something else.
  private static let hostile =
    "<b>x</b> | @team #1 `a` \u{1b}[31m \"q\" 'p' & ]]> </pre><script>\n::error::owned\n##[add-mask]x\nhttps://evil.example\u{0}"

  private func hostileReport() -> ComparisonReport {
    var report = report()
    report.cases[0].name = "speed (file=\(Self.hostile))"
    report.gates = [GateReport(name: "gate\n::error::x", passed: false, explanation: Self.hostile)]
    report.failure = .head(Self.hostile)
    report.base.about = Self.hostile
    report.notes = [Self.hostile]
    report.differences = [Self.hostile]
    return report
  }

  /// Any JSON: the decoder has read the whole document before it asks what it is.
  private struct AnyJSON: Decodable {
    init(from decoder: any Decoder) {}
  }

  @Test("JUnit has a failure for what makes the exit code bad, and skips what the user lets through")
  func junit() {
    var report = report()
    #expect(
      ReportFormat.junit.text(report) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites>
          <testsuite name="demo" tests="3" failures="2" errors="0" skipped="0" time="1.000">
            <testcase name="correct" classname="gate" time="0.000"/>
            <testcase name="speed (file=a b)" classname="case" time="0.168"><failure type="worse" message="worse: takes 10 % longer: ratio 1.100 (1.050 to 1.150), 8 pairs, margin 1 %">worse: takes 10 % longer: ratio 1.100 (1.050 to 1.150), 8 pairs, margin 1 %</failure></testcase>
            <testcase name="size" classname="case" time="0.000"><failure type="undecided" message="undecided: 1 % more memory: ratio 1.010, 1 pairs, margin 1 %">undecided: 1 % more memory: ratio 1.010, 1 pairs, margin 1 %</failure></testcase>
          </testsuite>
        </testsuites>

        """)
    report.undecided = .pass
    #expect(ReportFormat.junit.text(report).contains("failures=\"1\" errors=\"0\" skipped=\"1\""))
  }

  @Test("github-action-benchmark, Bencher and hyperfine get the figures that were measured")
  func exchange() {
    #expect(
      ReportFormat.actionBenchmark.text(report()) == """
        [{"name": "speed (file=a b)", "unit": "ms", "value": 11.0, "range": "± 0.0000", "extra": "worse, compared with main (1234567890)\\ntakes 10 % longer: ratio 1.100 (1.050 to 1.150), 8 pairs, margin 1 %"}, {"name": "size", "unit": "bytes", "value": 101.0, "range": null, "extra": "undecided, compared with main (1234567890)\\n1 % more memory: ratio 1.010, 1 pairs, margin 1 %"}]

        """)
    #expect(
      ReportFormat.bencher.text(report()).hasPrefix(
        #"{"speed (file=a b)": {"latency": {"value": 11000000.0, "lower_value": 11000000.0, "upper_value": 11000000.0}}, "size": {"peak-memory": {"value": 101.0,"#
      ))
    let hyperfine = ReportFormat.hyperfine.text(report())
    #expect(hyperfine.hasPrefix(#"{"results": [{"command": "base: speed (file=a b)", "mean": 0.01"#))
    #expect(hyperfine.contains(#""exit_codes": [0, 0, 0, 0, 0, 0, 0, 0]"#))
    #expect(!hyperfine.contains("size"), "a case that is no run of a program has no times")
  }

  @Test("a case of which more is better is no line of a list in which smaller is better")
  func maximized() {
    var report = report()
    report.cases[1].direction = .maximize
    let list = ReportFormat.actionBenchmark.text(report)
    #expect(list.contains("speed (file=a b)"))
    #expect(!list.contains("size"))
  }

  @Test("a first run is a failure only where the user says so, and a gate that fails is what it is told by")
  func firstRun() {
    var report = report()
    report.failure = .firstRun("main has no belljar.yaml")
    report.cases = [CaseReport(name: "one", unit: "s", answer: .new)]
    #expect(ComparisonWords.sentence(report) == "first run: main has no belljar.yaml")
    #expect(ReportFormat.junit.text(report).contains("failures=\"0\" errors=\"0\" skipped=\"2\""))
    #expect(!ReportFormat.sarif.text(report).contains(#""level": "error""#))
    report.new = .fail
    #expect(ReportFormat.junit.text(report).contains("failures=\"2\" errors=\"0\" skipped=\"0\""))
    #expect(ReportFormat.sarif.text(report).contains(#""ruleId": "comparison", "level": "error""#))
    report.new = nil
    report.gates = [GateReport(name: "correct", passed: false, explanation: "oops")]
    #expect(ComparisonWords.sentence(report) == "head fails the gate correct")
    #expect(ReportFormat.junit.text(report).contains("failures=\"1\" errors=\"0\" skipped=\"2\""))
  }

  @Test("Go's format has both sides with a run a line, and names without spaces")
  func go() {
    let lines = ReportFormat.go.text(report()).split(separator: "\n").map(String.init)
    #expect(lines.first == "side: base")
    #expect(lines[1] == "BenchmarkSpeed/file=a_b 1 10000000 ns/op 1000000 peak-B")
    #expect(lines.filter { $0.hasPrefix("BenchmarkSpeed") }.count == 16)
    #expect(lines.contains("side: head"))
  }

  @Test("Go's format keeps the fractions of a nanosecond that Go prints")
  func goFractions() {
    var report = report()
    report.cases[0].base = [1.4e-9, 0.3712e-9, 123.4e-9, 5678e-9, 0].map { Measurement(value: $0) }
    report.cases[0].head = []
    let figures = ReportFormat.go.text(report).split(separator: "\n").compactMap { line in
      line.hasPrefix("BenchmarkSpeed") ? String(line.split(separator: " ")[2]) : nil
    }
    #expect(figures == ["1.400", "0.3712", "123.4", "5678", "0"])
  }

  @Test(
    "a number that no clock shows is told in every format",
    arguments: [Double.infinity, .nan, .greatestFiniteMagnitude, 1e300, -1e300, 1e15])
  func huge(seconds: Double) {
    var report = report()
    report.cases[0].base = Array(repeating: Measurement(value: seconds), count: 8)
    report.cases[0].head = report.cases[0].base
    for format in ReportFormat.allCases { #expect(!format.text(report).isEmpty) }
    #expect(Figures.time(seconds) == "\(seconds) s")
    #expect(!Figures.value(seconds, unit: "").isEmpty)
    #expect(Sparkline.text([seconds, -seconds, 1]).count <= 3)
    #expect(PairPlot.line([seconds, 0.001, 0.002, 0.003], margin: 0.01).hasSuffix(" %"))
  }

  @Test("SARIF names what is wrong at the harness file, and nothing where all is well")
  func sarif() throws {
    let text = ReportFormat.sarif.text(report())
    #expect(text.contains(#""ruleId": "worse", "level": "error""#))
    #expect(text.contains(#""uri": "sub%20dir/belljar.yaml""#))
    var fine = report()
    fine.cases = [CaseReport(name: "one", unit: "s", answer: .same)]
    #expect(ReportFormat.sarif.text(fine).contains(#""results": []"#))
  }

  @Test("Markdown has a marker to find it by, a table and the plots")
  func markdown() {
    let text = ReportFormat.markdown.text(report())
    #expect(text.hasPrefix("<!-- belljar-compare:demo -->\n### :x: belljar: worse\n"))
    #expect(text.contains("| 1.100 | 1.050 to 1.150 | 8 | **worse** |"))
    #expect(text.contains("<details><summary>pairs, new over old</summary>"))
  }

  @Test("text from a sandbox is nothing but text, in every format", arguments: ReportFormat.allCases)
  func hostile(format: ReportFormat) throws {
    let text = format.text(hostileReport())
    #expect(!text.unicodeScalars.contains { ($0.value < 32 && $0 != "\n") || $0.value == 127 })
    // Lines that GitHub's runner would take for commands; the table is fenced instead.
    if format != .text {
      #expect(!text.contains("##["))
      for line in text.split(separator: "\n") { #expect(!line.drop { $0 == " " }.hasPrefix("::")) }
    }
    switch format {
    case .json, .sarif, .hyperfine, .bencher, .actionBenchmark:
      _ = try JSONDecoder().decode(AnyJSON.self, from: Data(text.utf8))
    case .markdown:
      #expect(!text.contains("<script>"))
      #expect(!text.contains("<b>"))
      #expect(text.components("<pre>") == text.components("</pre>"))
      // Outside of `pre` no punctuation of it is left to be read as Markdown, a mention or a link.
      for line in text.split(separator: "\n") where line.contains("<code>") { #expect(!line.contains("@team")) }
      for line in text.split(separator: "\n") where line.hasPrefix("|") {
        #expect([3, 8].contains(line.count { $0 == "|" }), "a cell more than the table has: \(line)")
      }
    case .junit:
      #expect(!text.contains("<b>"))
      #expect(!text.contains("]]>"))
    case .go:
      for line in text.split(separator: "\n") {
        #expect(line.hasPrefix("Benchmark") || line == "side: base" || line == "side: head")
      }
    case .text: break
    }
  }

  @Test("GitHub's annotations are one line each, with what GitHub would read escaped")
  func annotations() {
    let lines = GitHubActions.annotations(hostileReport())
    #expect(lines.count >= 3)
    for line in lines {
      #expect(line.hasPrefix("::error ") || line.hasPrefix("::warning "))
      #expect(!line.contains("\n"))
      #expect(!line.contains("##["))
    }
    #expect(lines[0].hasPrefix("::error file=sub dir/belljar.yaml,line=1,title=belljar%3A failed::"))
    var fine = report()
    fine.cases = [CaseReport(name: "one", unit: "s", margin: 0.01, answer: .same)]
    #expect(
      GitHubActions.annotations(fine) == [
        "::notice file=sub dir/belljar.yaml,line=1,title=belljar%3A same::head is the same within 1 %25"
      ])
  }

  @Test("GitHub's outputs are one line each")
  func outputs() {
    let lines = GitHubActions.outputs(report()).split(separator: "\n")
    #expect(lines.map { $0.prefix { $0 != "=" } } == ["verdict", "exit-code", "summary", "worst-ratio"])
    #expect(lines[0] == "verdict=worse")
    #expect(lines[1] == "exit-code=1")
    #expect(lines[3] == "worst-ratio=1.1")
    #expect(GitHubActions.outputs(hostileReport()).split(separator: "\n").count == 4)
  }

  @Test("text from a sandbox stands between two lines that keep the runner from reading it")
  func fence() {
    #expect(GitHubActions.fenced("a\n::error::x", token: "t") == "::stop-commands::t\na\n::error::x\n::t::\n")
  }
}

extension String {
  fileprivate func components(_ part: String) -> Int { split(separator: part, omittingEmptySubsequences: false).count }
}
