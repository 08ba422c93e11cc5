import Harness
import Ledger
import LoopControl
import Scoring
import Testing

@Suite("Numbers that the candidate prints itself") struct MetricTests {
  private static let size =
    "{name: size, kind: command, role: guard, score: wc -c < $BELLJAR_TREE/src/n, direction: minimize, deterministic: true}"

  private func project(_ scorer: String, agent: String = "true", text: String = "5\n") throws -> Project {
    try Project(
      ["src/n": text, "agent.sh": "#!/bin/sh\n\(agent)\n"],
      harness: """
        name: metric
        surface: {editable: ["src/**"]}
        scorers:
          - {name: loss, kind: metric, \(scorer)}
          - \(Self.size)
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: optimize, stop: {iterations: 1}}
        """)
  }

  private func tries(_ scorer: String, agent: String, text: String = "5\n") throws -> [TrySummary] {
    try project(scorer, agent: agent, text: text).loop().tries
  }

  private static let objective = "role: objective, direction: minimize, run: cat src/n, deterministic: true"

  @Test("as an objective it is compared, beside a guard that is measured from outside")
  func objective() throws {
    let better = try tries(Self.objective, agent: "echo 4 > src/n")
    #expect(better.map(\.verdict) == [.kept], "\(better.map(\.reason))")
    #expect(better.first?.value == 4)
    #expect(try tries(Self.objective, agent: "echo 6 > src/n").first?.reason == "worse: +20.0 %")
    // What it claims of itself, the guard doesn't believe.
    let grown = try tries(Self.objective, agent: "echo 1000000 > src/n; echo 1 >> src/n")
    #expect(grown.map(\.verdict) == [.rejected])
    #expect(grown.first?.reason.contains("guard size got worse") == true, "\(grown.map(\.reason))")
  }

  @Test(
    "what is no number is rejected by what was found",
    arguments: [
      ("echo nan > src/n", "no number: 'nan' is no number: nan is not a number that counts: expected a finite one"),
      ("echo 1e999 > src/n", "no number: '1e999' is no number: 1e999 is too large for a double"),
      (": > src/n", "no number: there is nothing but empty lines"), ("rm src/n", "run exited with 1"),
    ])
  func noNumber(agent: String, reason: String) throws {
    let tried = try tries(Self.objective, agent: agent)
    #expect(tried.map(\.verdict) == [.rejected])
    #expect(tried.first?.reason.hasPrefix(reason) == true, "\(tried.map(\.reason))")
  }

  @Test("noisy ones are taken in pairs")
  func noisy() throws {
    // The last digits are chance; the first is the candidate's.
    let run = "run: [/bin/sh, -c, 'read n < src/n; echo $n$(od -An -N1 -tu1 /dev/urandom | tr -d \" \" | head -c 1)']"
    let kept = try tries("role: objective, direction: minimize, \(run), pairs: {max: 30}", agent: "echo 2 > src/n")
    #expect(kept.map(\.verdict) == [.kept], "\(kept.map(\.reason))")
    #expect((kept.first?.pairs ?? 0) > 5)
  }

  @Test("as a gate it has bounds, and says which were missed; the channel is inside")
  func gate() throws {
    func score(_ bounds: String) throws -> ScorerOutcome {
      let project = try Project(
        ["src/n": "5\n"],
        harness: """
          name: metric
          surface: {editable: ["src/**"]}
          scorers: [{name: loss, kind: metric, role: gate, run: cat src/n, \(bounds)}]
          """)
      return try withExtendedLifetime(project) { try #require(try TreeScore.evaluate(project.bench()).first) }
    }
    let within = try score("at_most: 5")
    #expect(within.passed == true && within.value == 5 && within.channel == .inside)
    let above = try score("at_least: 1, at_most: 4.5")
    #expect(above.passed == false)
    #expect(above.explanation == "5.0 is not at least 1.0 and at most 4.5")
  }

  @Test("with 'over_budget: score' what was printed until the time was up counts", arguments: [true, false])
  func overBudget(scores: Bool) throws {
    let run = "run: {run: [/bin/sh, -c, 'echo 7; exec sleep 60'], budget: {wall: 500 ms}}"
    let project = try Project(
      ["src/n": "5\n"],
      harness: """
        name: metric
        surface: {editable: ["src/**"]}
        scorers: [{name: loss, kind: metric, role: gate, at_most: 7, \(run)\(scores ? ", over_budget: score" : "")}]
        """)
    let score = try withExtendedLifetime(project) { try #require(try TreeScore.evaluate(project.bench()).first) }
    #expect(score.passed == scores)
    #expect(score.value == (scores ? 7 : nil))
    if !scores { #expect(score.explanation.hasPrefix("run ran out of time")) }
  }

  @Test("it is read from a file that the run wrote, and from no link")
  func file() throws {
    let read = "role: objective, direction: minimize, deterministic: true, json: loss, report_file: m.json"
    let run = #"run: [/bin/sh, -c, 'sh src/n']"#
    func said(_ script: String) throws -> TrySummary? {
      try tries(
        "\(read), \(run)", agent: "cat > src/n <<'X'\n\(script)\nX",
        text: "echo '{\"loss\": 3}' > $BELLJAR_OUT/m.json # long enough\n"
      ).first
    }
    #expect(try said("echo '{\"loss\": 2}' > $BELLJAR_OUT/m.json")?.verdict == .kept)
    #expect(try said("ln -s /proc/self/comm $BELLJAR_OUT/m.json")?.reason.contains("is no regular file") == true)
    #expect(try said("echo '{\"loss\": 1}'")?.reason.contains("$BELLJAR_OUT/m.json is not there") == true)
    #expect(try said("echo '{\"loss\": 1}{}' > $BELLJAR_OUT/m.json")?.verdict == .rejected)
  }
}
