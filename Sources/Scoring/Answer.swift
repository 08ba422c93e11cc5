/// What a comparison of a candidate with the champion says.
public enum Answer: String, Sendable, Codable, Hashable, CaseIterable {
  /// The candidate is better by more than the margin.
  case better
  /// The candidate is worse by more than the margin.
  case worse
  /// The difference lies within the margin.
  case same
  /// The data do not say. Never a reason to keep a candidate.
  case undecided
}
