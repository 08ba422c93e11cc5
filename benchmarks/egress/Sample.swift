import BenchmarkTiming

/// Some measured values of one thing.
struct Sample {
  private(set) var values: [Double] = []

  mutating func add(_ value: Double) { values.append(value) }

  func share(_ share: Double) -> Double { quantile(values.sorted(), share) }

  var median: Double { share(0.5) }

  var line: String {
    "\(padded("\(values.count)", 6))\(padded(fixed(median), 11))\(padded(fixed(share(0.05)), 11))\(fixed(share(0.95)))"
  }
}
