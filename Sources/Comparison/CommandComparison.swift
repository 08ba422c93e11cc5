package import Sandbox
internal import Scoring

/// `belljar compare -- 'CMD A' 'CMD B'`: two commands, no repository, no file.
package struct CommandComparison {
  package var champion: (text: String, jar: Jar)
  package var candidate: (text: String, jar: Jar)
  package var measure = CommandPairs.Measure.wall
  package var margin = 0.01
  package var alpha = 0.05
  /// The exit code with which a run counts.
  package var expected: Int32 = 0
  package var warmup = 1
  /// How long is measured, in seconds.
  package var timeLimit = 60.0
  package var seed: UInt64
  package var progress: ((Int, Double) -> Void)?
  package var lock: MeasurementLock?

  package init(champion: (text: String, jar: Jar), candidate: (text: String, jar: Jar), seed: UInt64) {
    self.champion = champion
    self.candidate = candidate
    self.seed = seed
  }

  /// Measures until the answer is clear or the time is up.
  ///
  /// - Throws: `MeasurementCancelled`; a run that fails is in the report.
  package func run(_ sandbox: Sandbox, cancellation: Cancellation) throws -> ComparisonReport {
    let watch = MachineWatch()
    let began = MonotonicClock.seconds()
    let settings = CaseSettings(name: "B over A", unit: measure == .memory ? "bytes" : "s", margin: margin)
    var random = SeededRandom(seed: seed)
    let pairs = CommandPairs(
      sandbox: sandbox, champion: champion.jar, candidate: candidate.jar, names: ("A", "B"), settings: settings,
      measure: measure, expected: expected, warmup: warmup, seed: random.next(), cancellation: cancellation)
    var session = InterleavedComparison(pairs, seed: random.next())
    session.alpha = alpha
    session.timeLimit = timeLimit
    session.lock = lock
    session.progress = progress.map { tell in { tell($0.pairs, $0.ratio) } }
    var report = ComparisonReport(
      name: "commands", base: ComparedSide(label: "A", about: champion.text),
      head: ComparedSide(label: "B", about: candidate.text), alpha: alpha)
    do {
      report.cases = try session.run().map { CaseReport($0) }
    } catch let failure as SideFailure {
      report.failure = failure.side == .champion ? .base(failure.why) : .head(failure.why)
      report.cases = [
        CaseReport(name: settings.name, unit: settings.unit, margin: margin, answer: .notMeasured)
      ]
    }
    report.machine = watch.conditions(lock)
    report.notes += report.machine?.warnings ?? []
    if measure != .memory, let noise = report.cases.first(where: { $0.answer == .undecided })?.noise, noise > margin,
      [champion.jar, candidate.jar].contains(where: { ($0.budget.cores ?? $0.policy.budget.cores) != 1 })
    {
      report.notes.append("commands of one thread are quieter on one processor: --cores 1")
    }
    report.seconds = MonotonicClock.seconds() - began
    return report
  }
}
