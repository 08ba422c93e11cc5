/// One of the two that are compared.
public enum Side: String, Sendable, Codable, Hashable, CaseIterable {
  case champion
  case candidate
}
