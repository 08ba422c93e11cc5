/// One thing that a machine offers or lacks, what follows, and how to change it.
public struct Finding: Sendable, Hashable {
  public enum State: String, Sendable {
    case ok
    /// Belljar works, but offers less or does it another way.
    case limited
    /// Nothing can run.
    case missing
  }

  /// What was looked at, such as `user namespaces`.
  public let subject: String
  public let state: State
  /// What was found.
  public let found: String
  /// What Belljar therefore does; empty where there is nothing to say.
  public let consequence: String
  /// The exact command that changes it; nil where nothing has to change.
  public let remedy: String?

  init(_ subject: String, _ state: State, _ found: String, consequence: String = "", remedy: String? = nil) {
    self.subject = subject
    self.state = state
    self.found = found
    self.consequence = consequence
    self.remedy = remedy
  }
}
