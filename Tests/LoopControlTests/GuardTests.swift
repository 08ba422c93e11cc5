import Comparison
import Harness
import Ledger
import LoopControl
import Scoring
import Testing

@Suite("Guards and noisy objectives in a loop") struct GuardTests {
  /// The objective is the first number of a file, the guard the second; both carry noise of 1 % that the seed decides.
  private func project(agent: String, guards: String, iterations: Int = 1, extra: String = "") throws -> Project {
    try Project(
      [
        "values": "100 100\n", "agent.sh": "#!/bin/sh\n\(agent)\n",
        // Equal seeds give equal noise to both sides, and a little more that differs from run to run.
        "score.sh": """
        #!/bin/sh
        set -- $1 $(cat "$BELLJAR_OUT/values")
        eval "value=\\$$(($1 + 1))"
        noise=$(od -An -N1 -tu1 /dev/urandom)
        awk -v v="$value" -v n="$noise" 'BEGIN { print v * (1 + n / 25500) }'

        """,
      ],
      harness: """
        name: guarded
        surface: {editable: [values]}
        scorers:
          - {name: loss, kind: command, role: objective, direction: minimize, pairs: {min: 1}, run: 'cp values "$BELLJAR_OUT/"', score: ./score.sh 1\(extra)}
        \(guards)
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: optimize, recheck: 100, stop: {iterations: \(iterations)}}
        """)
  }

  private let size = """
      - {name: size, kind: command, role: guard, direction: minimize, margin: 2 %, run: 'cp values "$BELLJAR_OUT/"', score: ./score.sh 2}
    """

  @Test("a guard that got worse rejects by its name, with its figures")
  func loss() throws {
    let tries = try project(agent: "echo 50 120 > values", guards: size).loop().tries
    #expect(tries.map(\.verdict) == [.rejected])
    let reason = try #require(tries.first?.reason)
    #expect(reason.hasPrefix("guard size got worse than the baseline's: +"), "\(reason)")
    #expect(reason.contains("pairs, margin 2.0 %"))
  }

  @Test("a guard speaks at its own error rate, not at a try's share of the loop's")
  func ownError() throws {
    // Ten pairs are too few for the share of one of 5,000 tries, and enough for 5 %.
    let few = size.replacing("margin: 2 %", with: "margin: 2 %, pairs: {max: 10}")
    let harness = try project(agent: "echo 50 130 > values", guards: few, iterations: 5_000)
    let text = try #require(harness.text("belljar.yaml"))
    try harness.write("belljar.yaml", text.replacing("stop: {", with: "stop: {stale: 1, "))
    let tries = try harness.loop().tries
    #expect(tries.first?.reason.hasPrefix("guard size got worse than the baseline's") == true, "\(tries.map(\.reason))")
    let share = AlphaBudget(tries: 5_000).comparisonAlpha(of: 1)
    #expect(SignEProcess.headsNeeded(count: 10, alpha: share / 2) == nil)
  }

  @Test("small losses that each are within the margin can't add up: the guard looks at the baseline")
  func addsUp() throws {
    // Each try is 10 better in what counts and 1.6 % worse in what must not get worse.
    let agent = "set -- $(cat values); echo $(($1 - 10)) $(awk -v v=$2 'BEGIN { print v * 1.016 }') > values"
    let tries = try project(agent: agent, guards: size, iterations: 2).loop().tries
    #expect(tries.first?.verdict == .kept)
    let rejected = tries.filter { $0.verdict == .rejected }
    #expect(
      rejected.contains { $0.reason.hasPrefix("guard size got worse than the baseline's") }, "\(tries.map(\.reason))")
  }

  @Test("a guard that can't tell is named in what was kept")
  func unclear() throws {
    let few = size.replacing("margin: 2 %", with: "margin: 0.5 %, pairs: {min: 1, max: 7}")
    let tries = try project(agent: "echo 50 100.5 > values", guards: few).loop().tries
    #expect(tries.map(\.verdict) == [.kept])
    #expect(
      tries.first?.reason.contains("; guard size can't be told from the baseline's: ") == true, "\(tries[0].reason)")
  }

  @Test("with 'screen' a gain within the margin ends after one pair, and says so")
  func screened() throws {
    let tries = try project(agent: "echo 101 100 > values", guards: "", extra: ", screen: true, margin: 2 %").loop()
      .tries
    #expect(tries.map(\.verdict) == [.discarded])
    #expect(tries.first?.pairs == 1)
    #expect(tries.first?.reason.hasPrefix("not repeated: after one pair the gain is not above the margin: ") == true)
    let better = try project(agent: "echo 50 100 > values", guards: "", extra: ", screen: true, margin: 2 %").loop()
      .tries
    #expect(better.map(\.verdict) == [.kept])
  }

  @Test("with recorded noise, a long run's gain needs fewer pairs")
  func recorded() throws {
    let project = try project(agent: "echo 50 100 > values", guards: "", extra: ", screen: true, margin: 2 %")
    let bench = try project.bench()
    let scorer = try #require(bench.harness.objective)
    var random = SeededRandom(seed: 1)
    let noise = (0..<60).map { _ in Double.random(in: -0.01...0.01, using: &random) }
    try Calibration(cases: [
      CaseCalibration(
        name: scorer.name, key: CaseCalibration.key(of: scorer), unit: "", margin: 0.02, median: 100, logRatios: noise,
        secondsPerPair: 90, seen: [:], falseAlarms: 0)
    ]).save(stateFolder: bench.state.path)
    let tries = try project.loop().tries
    #expect(tries.map(\.verdict) == [.kept])
    #expect((tries.first?.pairs ?? 100) < 6)
  }
}
