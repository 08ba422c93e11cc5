import Comparison
import Scoring

/// Pairs from a script, on a clock that only they move: the whole measuring loop without a machine.
final class ScriptedPairs: PairSource {
  let cases: [CaseSettings]
  /// What one pair of a case gives: the log ratio of its two sides.
  private let script: (_ index: Int, _ pair: Int) throws -> Double
  private let secondsEach: Double
  private(set) var now = 0.0
  private(set) var orders: [[Side]] = []
  private(set) var asked: [[Int]] = []
  private(set) var warmedUp = 0

  init(
    _ cases: [CaseSettings], secondsEach: Double = 0.01, script: @escaping (_ index: Int, _ pair: Int) throws -> Double
  ) {
    self.cases = cases
    self.secondsEach = secondsEach
    self.script = script
  }

  func warmUp() { warmedUp += 1 }

  func measure(pair: Int, order: [Side], cases: [Int]) throws -> [MeasuredPair] {
    orders.append(order)
    asked.append(cases)
    now += secondsEach * Double(cases.count)
    return try cases.map { index in
      MeasuredPair(champion: Measurement(value: 1), candidate: Measurement(value: exp(try script(index, pair))))
    }
  }
}

/// Normal log ratios from a seed.
struct Noise {
  let effect: Double
  let sigma: Double
  private var random: SeededRandom

  init(effect: Double, sigma: Double, seed: UInt64) {
    (self.effect, self.sigma) = (effect, sigma)
    random = SeededRandom(seed: seed)
  }

  mutating func next() -> Double {
    // Box and Muller.
    let radius = (-2 * log(Double.random(in: Double.leastNormalMagnitude..<1, using: &random))).squareRoot()
    return effect + sigma * radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
  }
}
