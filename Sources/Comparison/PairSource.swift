package import Scoring

/// One run of one side, measured from outside.
package struct Measurement: Sendable, Hashable {
  /// What is compared, in the case's unit.
  package var value: Double
  /// Time on the clock, in seconds; nil for numbers that are no runs.
  package var wall: Double?
  /// Processor time, in seconds.
  package var user: Double?
  package var system: Double?
  /// Bytes.
  package var peakMemory: Int?
  package var exitCode: Int32?

  package init(
    value: Double, wall: Double? = nil, user: Double? = nil, system: Double? = nil, peakMemory: Int? = nil,
    exitCode: Int32? = nil
  ) {
    self.value = value
    self.wall = wall
    self.user = user
    self.system = system
    self.peakMemory = peakMemory
    self.exitCode = exitCode
  }
}

/// Both sides of one case, run one after the other.
package struct MeasuredPair: Sendable, Hashable {
  package var champion: Measurement
  package var candidate: Measurement

  package init(champion: Measurement, candidate: Measurement) {
    self.champion = champion
    self.candidate = candidate
  }
}

/// What runs the pairs of a comparison: sandboxes, or a script that stands for them in a test.
package protocol PairSource {
  /// What is compared, in the order of the report.
  var cases: [CaseSettings] { get }

  /// Runs what is run before the first pair that counts.
  mutating func warmUp() throws

  /// Runs one pair of some cases.
  ///
  /// - Parameters:
  ///   - pair: counts from 0; both sides of a pair get the same seed.
  ///   - order: the two sides in the order in which they run.
  ///   - cases: indices of the cases that still need pairs.
  /// - Returns: one pair for each of them, in their order.
  /// - Throws: `SideFailure` where one side's run doesn't count.
  mutating func measure(pair: Int, order: [Side], cases: [Int]) throws -> [MeasuredPair]
}

/// A run of one side failed, so there is nothing to compare.
package struct SideFailure: Error, Sendable, Hashable, CustomStringConvertible {
  package let side: Side
  package let why: String

  package init(_ side: Side, _ why: String) {
    self.side = side
    self.why = why
  }

  package var description: String { why }
}

/// One thing that is compared, and when a difference counts.
package struct CaseSettings: Sendable, Hashable {
  package var name: String
  /// `s`, `bytes`, or what the harness declared.
  package var unit: String
  package var direction: Direction
  /// The difference that doesn't matter, as a fraction.
  package var margin: Double
  package var minPairs: Int
  package var maxPairs: Int

  package init(
    name: String, unit: String, direction: Direction = .minimize, margin: Double = 0.01, minPairs: Int = 8,
    maxPairs: Int = 10_000
  ) {
    self.name = name
    self.unit = unit
    self.direction = direction
    self.margin = margin
    self.minPairs = minPairs
    self.maxPairs = maxPairs
  }
}
