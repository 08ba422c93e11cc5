package import Agents

/// Why an evaluation could not give scores.
package enum EvaluationFault: Error, Sendable, CustomStringConvertible {
  /// The candidate broke a rule; says which.
  case rejected(String)
  /// The harness failed, not the candidate.
  case invalid(String)
  /// A judge's account is at its limit: nothing was found out.
  case limited(String, until: UsageLimitEnd?)
  /// A judge can't be reached or paid: nothing was found out, and asking again at once won't help.
  case unavailable(String)
  /// The user asked for the end.
  case cancelled

  package var description: String {
    switch self {
    case .rejected(let why): "rejected: \(why)"
    case .invalid(let why): "invalid: \(why)"
    case .limited(let why, _), .unavailable(let why): why
    case .cancelled: "cancelled"
    }
  }
}
