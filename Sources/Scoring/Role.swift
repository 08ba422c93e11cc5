/// What a score is for.
public enum Role: String, Sendable, Codable, Hashable, CaseIterable {
  /// Must pass, or the candidate is out.
  case gate
  /// Is what the loop improves.
  case objective
  /// Must not get worse than the baseline. Written `guard` in files; Swift keeps that word for itself.
  case guardrail = "guard"
  /// Is sealed from the agent and checked on what would be kept.
  case holdout
  /// Is recorded and decides nothing.
  case info
}
