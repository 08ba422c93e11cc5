internal import Scoring

/// Two sides measured in turns, until each case has its answer or the time is up.
///
/// Pairs come in whole blocks, ABBA or BAAB by coin, so that a drift of the machine falls on both sides alike. Each case is
/// an always-valid sequential test of its own; `worse` is claimed for a case only where Holm's correction over all cases lets
/// it stand, so that a session of many cases calls an innocent one slow no more often than a session of one.
package struct InterleavedComparison<Source: PairSource> {
  /// How far a session is.
  package struct Progress: Sendable {
    package var pairs: Int
    package var open: Int
    package var cases: Int
    /// Of the case that has run longest.
    package var ratio: Double
    package var seconds: Double
  }

  /// The error rate of each case's answer, and of all claims of `worse` together.
  package var alpha = 0.05
  /// How long pairs are begun, in seconds; nil for no limit. Time spent waiting for the lock doesn't count.
  package var timeLimit: Double?
  /// Whether a case with its answer is measured no more. Off, all are measured until the time is up.
  package var stopsEarly = true
  package var progress: ((Progress) -> Void)?
  /// Held around each block. Others' sandboxes rest from the first one to the last.
  package var lock: MeasurementLock?
  private var source: Source
  private var blocks: BlockSchedule
  private let clock: () -> Double

  /// - Parameters:
  ///   - seed: decides the order of the sides.
  ///   - clock: seconds that only ever grow.
  package init(_ source: Source, seed: UInt64, clock: @escaping () -> Double = MonotonicClock.seconds) {
    self.source = source
    self.clock = clock
    blocks = BlockSchedule(seed: seed)
  }

  /// Measures until every case is answered or the time is up; what has no answer then is undecided.
  package mutating func run() throws -> [ComparedCase] {
    var cases = source.cases.map { ComparedCase($0, alpha: alpha) }
    defer { lock?.release() }
    try exclusively { try $0.source.warmUp() }
    var spent = 0.0
    var longest = 0.0
    var pair = 0
    while cases.contains(where: { $0.answer == nil }) {
      // A block that would end after the limit is not begun, but for the first.
      if let timeLimit, pair > 0, spent + longest > timeLimit { break }
      let open = cases.indices.filter { cases[$0].answer == nil }
      let seconds = try exclusively { session in
        let began = session.clock()
        let order = session.blocks.nextBlock()
        for half in [order[..<2], order[2...]] {
          let measured = try session.source.measure(pair: pair, order: Array(half), cases: open)
          for (index, values) in zip(open, measured) { cases[index].add(values) }
          pair += 1
        }
        return session.clock() - began
      }
      spent += seconds
      longest = max(longest, seconds)
      for index in open { cases[index].look() }
      if stopsEarly { settle(&cases) }
      progress?(
        Progress(
          pairs: pair, open: cases.count { $0.answer == nil }, cases: cases.count,
          ratio: cases.max { $0.pairs < $1.pairs }?.ratio ?? 1, seconds: spent))
    }
    for index in cases.indices where cases[index].answer == nil { cases[index].answer = .undecided }
    return cases
  }

  /// Gives the cases their answers. One that looks worse waits until the others' p-values let the claim stand.
  private func settle(_ cases: inout [ComparedCase]) {
    let stands = HolmCorrection.accepted(pValues: cases.map(\.test.worsePValue), level: alpha / 2)
    for index in cases.indices where cases[index].answer == nil {
      let answer = cases[index].test.answer
      if answer != .worse || stands[index] {
        cases[index].answer = answer
      } else if cases[index].pairs >= cases[index].settings.maxPairs {
        cases[index].answer = .undecided
      }
    }
  }

  private mutating func exclusively<Value>(_ body: (inout Self) throws -> Value) throws -> Value {
    try lock?.acquire()
    defer { lock?.giveTurn() }
    return try body(&self)
  }
}
