package import Scoring

/// What a comparison of two sides found, as every report shows it. Texts from sandboxes are kept as they came: whoever writes
/// a report escapes them for its format.
package struct ComparisonReport: Sendable {
  /// What is compared: the harness's name, or `commands`.
  package var name: String
  package var base: ComparedSide
  package var head: ComparedSide
  package var cases: [CaseReport]
  package var gates: [GateReport] = []
  /// Why there is no comparison, or no more of one.
  package var failure: ComparisonFailure?
  /// What differs between the sides' harnesses, and whose is used.
  package var differences: [String] = []
  /// What a reader should know beside: warnings about the machine, files that were left out.
  package var notes: [String] = []
  /// The error rate of all claims of `worse` together.
  package var alpha: Double
  package var machine: MachineConditions?
  /// How long it took in all, in seconds.
  package var seconds: Double = 0
  /// What unclear answers count as, by the user's word.
  package var undecided: Leniency?
  package var new: Leniency?
  /// Earlier comparisons and this one, where they were asked for.
  package var history: HistoryReport?
  /// The harness file as a path in the repository, where there is one: what annotations point to.
  package var harnessPath: String?

  package init(
    name: String, base: ComparedSide, head: ComparedSide, cases: [CaseReport] = [], alpha: Double = 0.05
  ) {
    self.name = name
    self.base = base
    self.head = head
    self.cases = cases
    self.alpha = alpha
  }

  /// The exit code of `belljar compare`.
  package var exitCode: Int32 { verdict.exitCode(undecided: undecided, new: new) }

  /// Whether the old side has no harness yet, so that there is nothing to compare with by right.
  package var isFirstRun: Bool { if case .firstRun = failure { true } else { false } }

  /// The one answer to all of it; the gravest stands.
  package var verdict: ComparisonVerdict {
    switch failure {
    case .head: return .failed
    case .base: return .baseFailed
    case .noBase: return .noBase
    case .firstRun, nil: break
    }
    if gates.contains(where: { !$0.passed }) { return .failed }
    let answers = cases.map(\.answer)
    if answers.contains(.worse) { return .worse }
    if answers.contains(.undecided) || answers.contains(.notMeasured) { return .undecided }
    if answers.contains(.new) || failure != nil { return .new }
    return answers.contains(.better) ? .better : .same
  }
}

/// One of the two that are compared.
package struct ComparedSide: Sendable, Hashable {
  /// Short, for columns: `base`, `head`, or A and B.
  package var label: String
  /// What it is: a revision with its commit, or a command.
  package var about: String

  package init(label: String, about: String) {
    self.label = label
    self.about = about
  }
}

/// Why a comparison could not be made.
package enum ComparisonFailure: Sendable, Hashable {
  /// The new side: its build or a run.
  case head(String)
  /// The old side: its build or a run. Nothing is known about the new one then.
  case base(String)
  /// The old side can't be found.
  case noBase(String)
  /// The old side has no harness yet.
  case firstRun(String)

  package var why: String {
    switch self {
    case .head(let why), .base(let why), .noBase(let why), .firstRun(let why): why
    }
  }
}

/// What a comparison says as a whole.
package enum ComparisonVerdict: String, Sendable, CaseIterable {
  case better, same, worse, failed, undecided, new
  case noBase = "no-base"
  case baseFailed = "base-failed"

  /// Whether the new side may be let in as far as a machine can say.
  package var isGood: Bool { self == .better || self == .same }

  /// The exit code of `belljar compare`.
  ///
  /// - Parameters:
  ///   - undecided: what `undecided` counts as, by the user's word.
  ///   - new: what a case without a base counts as.
  package func exitCode(undecided: Leniency? = nil, new: Leniency? = nil) -> Int32 {
    switch self {
    case .better, .same: 0
    case .worse, .failed: 1
    case .undecided: undecided?.exitCode ?? 3
    case .new: new?.exitCode ?? 4
    case .noBase: 5
    case .baseFailed: 6
    }
  }
}

/// What the user wants an unclear answer to count as.
package enum Leniency: String, Sendable, CaseIterable {
  case pass, fail
  var exitCode: Int32 { self == .pass ? 0 : 1 }
}

/// What is said of one case.
package enum CaseAnswer: String, Sendable, CaseIterable {
  case better, worse, same, undecided
  /// There is nothing on the old side to compare with.
  case new
  /// It was not reached: a gate or another case failed first.
  case notMeasured = "not-measured"

  package init(_ answer: Answer) {
    switch answer {
    case .better: self = .better
    case .worse: self = .worse
    case .same: self = .same
    case .undecided: self = .undecided
    }
  }
}

/// One case with its figures.
package struct CaseReport: Sendable {
  package var name: String
  package var unit: String
  package var direction: Direction
  /// As a fraction.
  package var margin: Double
  package var answer: CaseAnswer
  /// New over old; nil where nothing was measured.
  package var ratio: Double?
  package var interval: ClosedRange<Double>?
  package var base: [Measurement] = []
  package var head: [Measurement] = []
  package var logRatios: [Double] = []
  /// One sigma of the pairs' log ratios; nil without pairs.
  package var noise: Double?
  package var outliers = 0
  /// A word beside the figures.
  package var explanation = ""

  package init(
    name: String, unit: String, direction: Direction = .minimize, margin: Double = 0, answer: CaseAnswer,
    explanation: String = ""
  ) {
    self.name = name
    self.unit = unit
    self.direction = direction
    self.margin = margin
    self.answer = answer
    self.explanation = explanation
  }

  package init(_ compared: ComparedCase) {
    let settings = compared.settings
    self.init(
      name: settings.name, unit: settings.unit, direction: settings.direction, margin: settings.margin,
      answer: CaseAnswer(compared.answer ?? .undecided))
    guard compared.pairs > 0 else { return }
    ratio = compared.ratio
    interval = compared.interval
    base = compared.champion
    head = compared.candidate
    logRatios = compared.logRatios
    noise = compared.noise
    outliers = compared.outliers
  }

  package var pairs: Int { head.count }
  /// Medians, in the case's unit.
  package var baseMedian: Double? { RobustStatistics.median(base.map(\.value)) }
  package var headMedian: Double? { RobustStatistics.median(head.map(\.value)) }
}

/// A gate, judged on the new side.
package struct GateReport: Sendable, Hashable {
  package var name: String
  package var passed: Bool
  /// Why not, or what was counted: may come from a sandbox.
  package var explanation: String

  package init(name: String, passed: Bool, explanation: String) {
    self.name = name
    self.passed = passed
    self.explanation = explanation
  }
}
