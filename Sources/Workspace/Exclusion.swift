/// What is never part of a tree, whatever the patterns say: repositories, secrets, and Belljar's own state.
package enum Exclusion {
  /// Whether a path is, or lies below, something that is never part of a tree.
  package static func excludes(_ path: TreePath) -> Bool { path.parts.contains { excludes(name: $0) } }

  static func excludes(name: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: name, as: UTF8.self)
    switch text {
    case ".git", ".env", ".belljar": return true
    case ".env.example": return false
    default:
      return text.hasPrefix(".env.") || text.hasPrefix("id_rsa") || text.hasPrefix("id_ed25519")
        || text.hasSuffix(".pem") || text.hasSuffix(".key")
    }
  }
}
