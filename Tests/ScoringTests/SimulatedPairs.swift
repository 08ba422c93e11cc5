import Scoring

/// Normal log ratios from a seed: pairs of a champion and a candidate without the machine.
struct SimulatedPairs: Sequence, IteratorProtocol {
  /// The true median log ratio.
  let effect: Double
  /// One standard deviation of the log ratios.
  let sigma: Double
  private var random: SeededRandom

  init(effect: Double, sigma: Double, seed: UInt64) {
    (self.effect, self.sigma) = (effect, sigma)
    random = SeededRandom(seed: seed)
  }

  mutating func next() -> Double? {
    // Box and Muller.
    let radius = (-2 * log(Double.random(in: Double.leastNormalMagnitude..<1, using: &random))).squareRoot()
    return effect + sigma * radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
  }

  /// Runs one comparison to its end for each seed.
  static func compare(
    streams: Int, effect: Double, sigma: Double, settings: SequentialComparison.Settings, seed: UInt64
  ) -> [SequentialComparison] {
    (0..<streams).map { stream in
      var comparison = SequentialComparison(settings)
      var pairs = SimulatedPairs(effect: effect, sigma: sigma, seed: seed &+ UInt64(stream) &* 0x1_0000_0001)
      while comparison.answer == nil, let pair = pairs.next() { comparison.add(pair) }
      return comparison
    }
  }
}
