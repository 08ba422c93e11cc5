/// Why an evaluation could not give scores.
package enum EvaluationFault: Error, Sendable, CustomStringConvertible {
  /// The candidate broke a rule; says which.
  case rejected(String)
  /// The harness failed, not the candidate.
  case invalid(String)
  /// The user asked for the end.
  case cancelled

  package var description: String {
    switch self {
    case .rejected(let why): "rejected: \(why)"
    case .invalid(let why): "invalid: \(why)"
    case .cancelled: "cancelled"
    }
  }
}
