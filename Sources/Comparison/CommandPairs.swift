package import Sandbox
package import Scoring

/// Two commands side by side, each run in a sandbox of its own.
package struct CommandPairs: PairSource {
  /// What is measured of a run, all of it from outside.
  package enum Measure: String, Sendable, CaseIterable { case wall, cpu, memory }

  package let cases: [CaseSettings]
  private let sandbox: Sandbox
  private let jars: [Side: Jar]
  private let names: [Side: String]
  private let measure: Measure
  private let expected: Int32
  private let warmup: Int
  private let cancellation: Cancellation
  private var random: SeededRandom

  /// - Parameters:
  ///   - names: what the sides are called in messages.
  ///   - expected: the exit code with which a run counts.
  ///   - seed: varies the environment's size from pair to pair.
  package init(
    sandbox: Sandbox, champion: Jar, candidate: Jar, names: (champion: String, candidate: String),
    settings: CaseSettings,
    measure: Measure, expected: Int32, warmup: Int, seed: UInt64, cancellation: Cancellation
  ) {
    self.sandbox = sandbox
    jars = [.champion: champion, .candidate: candidate]
    self.names = [.champion: names.champion, .candidate: names.candidate]
    cases = [settings]
    self.measure = measure
    self.expected = expected
    self.warmup = warmup
    self.cancellation = cancellation
    random = SeededRandom(seed: seed)
  }

  package mutating func warmUp() throws {
    for _ in 0..<warmup {
      for side in Side.allCases { _ = try run(side, padding: "") }
    }
  }

  package mutating func measure(pair: Int, order: [Side], cases: [Int]) throws -> [MeasuredPair] {
    let padding = EnvironmentPadding.next(&random)
    var measured: [Side: Measurement] = [:]
    for side in order { measured[side] = try run(side, padding: padding) }
    guard let champion = measured[.champion], let candidate = measured[.candidate] else { return [] }
    return [MeasuredPair(champion: champion, candidate: candidate)]
  }

  private func run(_ side: Side, padding: String) throws -> Measurement {
    guard var jar = jars[side] else { preconditionFailure("both sides have a jar") }
    jar.environment[EnvironmentPadding.name] = padding
    jar.keepsCores = true
    let result = try sandbox.run(jar, output: .captured(keep: 4096), cancellation: cancellation)
    let outcome = result.outcome
    if outcome.reason == .cancelled { throw MeasurementCancelled() }
    guard outcome.reason == .exited(expected) else {
      let said = result.error.count > 0 ? result.error : result.output
      let words = [String(said.text.suffix(1000)), outcome.deniedText].filter { !$0.isEmpty }.map { "\n\($0)" }
      throw SideFailure(side, "\(names[side] ?? "") \(outcome.reason)" + words.joined())
    }
    let value: Double =
      switch measure {
      case .wall: outcome.wall.seconds
      case .cpu: (outcome.user + outcome.system).seconds
      case .memory: Double(outcome.peakMemory)
      }
    return Measurement(
      value: value, wall: outcome.wall.seconds, user: outcome.user.seconds, system: outcome.system.seconds,
      peakMemory: outcome.peakMemory, exitCode: expected)
  }
}

/// The size of the environment moves the stack, and with it a program's speed, by several percent (Mytkowicz, Diwan, Hauswirth
/// and Sweeney, "Producing wrong data without doing anything obviously wrong", ASPLOS 2009). So it differs from pair to
/// pair, the same for both sides, and averages out.
enum EnvironmentPadding {
  static let name = "BELLJAR_PADDING"

  static func next(_ random: inout SeededRandom) -> String {
    String(repeating: "x", count: Int(random.next() % 4096))
  }
}
