/// Which way a score has to move to be an improvement.
public enum Direction: String, Sendable, Codable, Hashable, CaseIterable {
  /// Smaller is better: a time, a size, a loss.
  case minimize
  /// Larger is better: a throughput, a pass rate.
  case maximize
}
