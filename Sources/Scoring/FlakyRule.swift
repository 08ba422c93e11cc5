/// What a test is worth that passed only when it was tried again (Surefire's reruns, nextest's retries).
public enum FlakyRule: String, Sendable, Codable, Hashable, CaseIterable {
  /// It has not passed, unless the baseline already had it unstable.
  case fail
  /// It has passed.
  case pass
}
