package import Scoring

/// One scorer of the harness file.
package struct HarnessScorer: Sendable, Hashable {
  /// How the score comes about.
  package enum Kind: String, Sendable, CaseIterable {
    case exitCode = "exit-code"
    case tests, benchmark, metric, command
    /// An agent with a rubric, asked about the outputs.
    case judge
  }

  /// What the score is for.
  package enum Role: String, Sendable, CaseIterable {
    case gate, objective, holdout, info
    case `guard`
  }

  /// What a benchmark measures.
  package enum Measure: String, Sendable, CaseIterable {
    case wall, cpu, memory, instructions
    /// What the program's own report says, benchmark by benchmark.
    case reported
  }

  /// What counts instructions.
  package enum Counter: String, Sendable, CaseIterable {
    /// The processor's own counter, read from outside.
    case perf
    /// valgrind's cachegrind, which runs the program 30 to 100 times slower.
    case valgrind
  }

  /// Which way is better.
  package enum Direction: String, Sendable, CaseIterable { case minimize, maximize }

  /// What a run must have done to count.
  package enum Expectation: Sendable, Hashable {
    /// It ended with this code.
    case exitCode(Int)
    /// It ended and wrote as the champion did under the same seed.
    case same
  }

  /// What becomes of a run that ran out of its time.
  package enum OverBudget: String, Sendable, CaseIterable {
    /// It failed.
    case fail
    /// What it wrote until then is scored.
    case score
  }

  /// A variable of a benchmark and the values that it takes in turn, set in the run's environment.
  package struct Axis: Sendable, Hashable {
    package var variable: String
    package var values: [String]
  }

  package var name: String
  package var kind: Kind
  package var role: Role
  /// The candidate's side.
  package var run: HarnessStep?
  /// Ours, before the run.
  package var prepare: HarnessStep?
  /// Ours, when every process of the run is dead.
  package var score: HarnessStep?
  package var report: TestReportFormat?
  /// What a benchmark program writes, for `measure: reported`.
  package var benchmarkReport: BenchmarkReportFormat?
  /// Where the report lies; nil where it is read from stdout.
  package var reportPlace: ReportPlace?
  /// Where the number of a metric stands in what the run printed or wrote.
  package var metric: MetricReader?
  /// What the number of a metric or a judge that is a gate must be.
  package var bounds: MetricBounds?
  /// Whom a judge asks, and by what.
  package var judge: HarnessJudge?
  /// Whether `score` runs beside the candidate and talks with it.
  package var isInteractive = false
  /// What a test is worth that passed only when it was tried again.
  package var flaky = FlakyRule.fail
  package var expect = Expectation.exitCode(0)
  package var overBudget = OverBudget.fail
  package var measure = Measure.wall
  /// Named where instructions are measured.
  package var counter: Counter?
  package var matrix: [Axis] = []
  /// Runs before the first that counts.
  package var warmup = 1
  /// Runs of one side within a pair; of a judge, how often it is asked.
  package var repeats = 1
  /// The fewest and the most pairs that are measured.
  package var pairs = 6...60
  /// Which way is better; every objective and guard has one.
  package var direction: Direction?
  /// The difference that does not matter, as a fraction.
  package var margin = 0.01
  package var unit: String?
  /// Whether equal trees always give equal scores.
  package var deterministic = false
  /// Whether one pair is run first, and more only while the gain beats the margin; nil where the calibrated length of a run decides.
  package var screens: Bool?
  /// Names of tests that must have run and passed.
  package var required: [String] = []
  /// Names of tests that don't pass on the baseline, and that a candidate makes pass.
  package var failToPass: [String]?
  /// Names of tests that pass on the baseline and still have to. With it no others are judged.
  package var passToPass: [String]?

  package init(name: String, kind: Kind, role: Role) {
    self.name = name
    self.kind = kind
    self.role = role
  }

  /// The unit of what is compared; of a report that names another one, the report's counts.
  package var comparedUnit: String {
    guard kind == .benchmark else { return unit ?? "" }
    switch measure {
    case .wall, .cpu, .reported: return "s"
    case .memory: return "bytes"
    case .instructions: return "instructions"
    }
  }

  /// Who has a hand in what is compared.
  package var measuredChannel: Channel {
    switch kind {
    // What a judge reads is the candidate's, and may speak to it.
    case .exitCode, .tests, .metric, .judge: .inside
    // Valgrind counts in the candidate's own process, and leaves its count where that can write.
    case .benchmark: measure == .reported || counter == .valgrind ? .inside : .outside
    case .command: .outside
    }
  }
}
