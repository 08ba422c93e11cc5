/// Who had a hand in a score. Shown with every score, because an inside one can be forged.
public enum Channel: String, Sendable, Codable, Hashable, CaseIterable {
  /// Belljar measured it, or our own step computed it from a dead candidate's outputs.
  case outside
  /// The candidate's own process took part: a test report, a printed number.
  case inside
}
