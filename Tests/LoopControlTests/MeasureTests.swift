import Comparison
import Glibc
import Harness
import Ledger
import LoopControl
import Scoring
import Testing

@Suite("What a benchmark measures") struct MeasureTests {
  private func project(_ files: [String: String], scorer: String, agent: String = "true") throws -> Project {
    try Project(
      files.merging(["agent.sh": "#!/bin/sh\n\(agent)\n"]) { $1 },
      harness: """
        name: measured
        surface: {editable: ["src/**"]}
        scorers:
          - {name: speed, kind: benchmark, role: objective, \(scorer)}
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: optimize, stop: {iterations: 1}}
        """)
  }

  /// The scorer's number for the tree as it stands.
  private func score(_ files: [String: String], scorer: String) throws -> ScorerOutcome {
    let project = try project(files, scorer: scorer)
    return try withExtendedLifetime(project) { try #require(try TreeScore.evaluate(project.bench()).first) }
  }

  @Test("peak memory: a program that needs a fraction of it is kept, the unit is bytes")
  func memory() throws {
    let run = #"run: [/bin/sh, -c, 'x=$(head -c $(cat src/size) /dev/zero | tr "\0" a); true'], measure: memory"#
    let (_, tries, _) = try project(
      ["src/size": "8000000\n"], scorer: run + ", pairs: {max: 20}", agent: "echo 400000 > src/size"
    ).loop()
    #expect(tries.map(\.verdict) == [.kept], "\(tries.map(\.reason))")
    #expect(tries.first?.unit == "bytes")
    #expect((tries.first?.ratio ?? 1) < 0.5)
  }

  private let report = """
    pkg: p
    BenchmarkA-2 1000 200 ns/op
    BenchmarkB-2 1000 3000 ns/op

    """

  @Test("what a program reports is read benchmark by benchmark, and shown to come from inside")
  func reported() throws {
    let scorer = "run: cat src/report, measure: reported, report: go"
    let score = try score(["src/report": report], scorer: scorer)
    #expect(score.channel == .inside)
    #expect(score.unit == "s")
    #expect(abs((score.value ?? 0) - 3200e-9) < 1e-15)
    let faster = try project(
      ["src/report": report], scorer: scorer, agent: "sed -i 's/ 200 ns/ 50 ns/' src/report"
    ).loop().tries
    #expect(faster.map(\.verdict) == [.kept], "\(faster.map(\.reason))")
    // The geometric mean of a quarter and of one.
    #expect(abs((faster.first?.ratio ?? 0) - 0.5) < 1e-6)
  }

  @Test("a candidate whose report lacks a benchmark, or can't be read, is rejected by its name")
  func lacking() throws {
    let scorer = "run: cat src/report, measure: reported, report: go"
    let lacks = try project(["src/report": report], scorer: scorer, agent: "sed -i /BenchmarkB/d src/report").loop()
      .tries
    #expect(lacks.map(\.verdict) == [.rejected])
    #expect(lacks.first?.reason == "speed: its report lacks 'p.BenchmarkB-2', which the champion's has in s")
    let none = try project(["src/report": report], scorer: scorer, agent: "echo > src/report").loop().tries
    #expect(none.first?.reason.hasPrefix("speed: benchmark report: it has no benchmark in it") == true)
  }

  @Test("a report in a file is read where it was written by this run")
  func file() throws {
    let scorer =
      #"run: [/bin/sh, -c, 'cp src/report "$BELLJAR_OUT/x.json"'], measure: reported, report: hyperfine, report_file: x.json"#
    let json = #"{"results": [{"command": "a", "median": 0.5}]}"#
    #expect(try score(["src/report": json], scorer: scorer).value == 0.5)
    // A link out of the folder is no report.
    for instead in ["true src/report", "ln -s /etc/hostname"] {
      #expect(throws: EvaluationFault.self) {
        _ = try score(["src/report": json], scorer: scorer.replacing("cp src/report", with: instead))
      }
    }
  }

  @Test("a timed run counts only if our own score passes it")
  func scored() throws {
    let scorer =
      #"run: [/bin/sh, -c, 'cat src/text > "$BELLJAR_OUT/text"'], score: ./check.sh, pairs: {max: 8}"#
    let files = [
      "src/text": "right\n",
      "check.sh":
        "#!/bin/sh\ngrep -q right \"$BELLJAR_OUT/text\" && echo 1 || echo '{\"reject\": \"the text is wrong\"}'\n",
    ]
    let wrong = try project(files, scorer: scorer, agent: "echo wrong > src/text").loop().tries
    #expect(wrong.map(\.verdict) == [.rejected])
    #expect(wrong.first?.reason == "speed: the timed run was refused: the text is wrong")
    let zero = files.merging(["check.sh": "#!/bin/sh\ngrep -c right \"$BELLJAR_OUT/text\"; true\n"]) { $1 }
    #expect(
      try project(zero, scorer: scorer, agent: "echo wrong > src/text").loop().tries.first?.reason
        == "speed: the timed run scored 0.0")
    let broken = files.merging(["check.sh": "#!/bin/sh\ngrep -q right \"$BELLJAR_OUT/text\" && echo 1\n"]) { $1 }
    #expect(
      try project(broken, scorer: scorer, agent: "echo wrong > src/text").loop().tries.first?.reason.hasPrefix(
        "broke the scorer: speed: score exited with 1") == true)
  }

  @Test("the environment's size differs from pair to pair, and is the same for both sides of a pair")
  func padding() throws {
    let project = try project(
      ["src/a": "a\n"], scorer: "run: [/bin/sh, -c, 'echo ${#BELLJAR_PADDING}'], pairs: {max: 8}")
    defer { withExtendedLifetime(project) {} }
    let bench = try project.bench()
    let scorer = try #require(bench.harness.objective)
    let specimen = try bench.build(bench.baseline(), cache: nil)
    let outcome = try PairedComparison(bench, scorer: scorer).compare(
      champion: specimen, candidate: specimen, alpha: 0.05, seed: { UInt64(bitPattern: Int64($0)) })
    // Warm-up has none.
    let sizes = bench.takeRuns().map(\.outputTail).dropFirst(2 * scorer.warmup)
    #expect(sizes.count == 2 * (outcome.comparison?.pairs ?? 0))
    let pairs = stride(from: sizes.startIndex, to: sizes.endIndex, by: 2).map { (sizes[$0], sizes[$0 + 1]) }
    #expect(pairs.allSatisfy { $0.0 == $0.1 })
    #expect(Set(pairs.map(\.0)).count > 1)
    #expect(outcome.metrics["outliers"] != nil)
    #expect(outcome.metrics["machine_load"] != nil)
  }

  @Test("with a budget of one core every run has the same one")
  func pinned() throws {
    let run = "run: {run: [grep, Cpus_allowed_list, /proc/self/status], budget: {cores: 1}}, pairs: {max: 8}"
    let project = try project(["src/a": "a\n"], scorer: run)
    defer { withExtendedLifetime(project) {} }
    let bench = try project.bench()
    let scorer = try #require(bench.harness.objective)
    let specimen = try bench.build(bench.baseline(), cache: nil)
    for seed in 0..<4 { _ = try bench.evaluate(scorer, specimen, seed: UInt64(seed)) }
    let cores = bench.takeRuns().map(\.outputTail)
    #expect(cores.count == 4)
    #expect(Set(cores).count == 1)
    #expect(cores.first?.hasPrefix("Cpus_allowed_list:") == true)
  }

  @Test("instructions are counted by the processor, from outside; where it can't, it is said what can be done")
  func processorCounter() throws {
    let project = try project(["src/a": "a\n"], scorer: "run: [/bin/true], measure: instructions")
    defer { withExtendedLifetime(project) {} }
    let bench = try project.bench()
    let scorer = try #require(bench.harness.objective)
    #expect(scorer.counter == .perf)
    #expect(scorer.measuredChannel == .outside)
    do {
      let outcome = try bench.evaluate(scorer, try bench.build(bench.baseline(), cache: nil), seed: 1)
      #expect(outcome.unit == "instructions")
      #expect(try #require(outcome.value) > 50_000)
    } catch EvaluationFault.invalid(let why) {
      #expect(why.contains("perf_event_open"), "\(why)")
      #expect(why.contains("counter: valgrind") && why.contains("measure: cpu"), "\(why)")
      #expect(why.contains("no counter of it that can be used") || why.contains("perf_event_paranoid"), "\(why)")
    }
  }

  @Test(
    "instructions are counted by valgrind, the same twice, of all processes",
    .enabled(if: access("/usr/bin/valgrind", X_OK) == 0, "needs valgrind"))
  func instructions() throws {
    func count(_ command: String) throws -> ScorerOutcome {
      let project = try project(
        ["src/a": "a\n"], scorer: "run: [/bin/sh, -c, '\(command)'], measure: instructions, counter: valgrind")
      defer { withExtendedLifetime(project) {} }
      let bench = try project.bench()
      let scorer = try #require(bench.harness.objective)
      return try bench.evaluate(scorer, try bench.build(bench.baseline(), cache: nil), seed: 1)
    }
    let once = try count("true")
    let twice = try count("/bin/true; true")
    #expect(once.unit == "instructions")
    #expect(once.channel == .inside)
    let (one, two) = (try #require(once.value), try #require(twice.value))
    #expect(one > 100_000)
    #expect(two > one * 1.3)
  }
}
