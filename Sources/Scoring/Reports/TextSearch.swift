// FoundationEssentials has no search for a string, and the standard library's comes with regular expressions.

extension String {
  /// Where a short ASCII string first stands.
  func range(ofFirst needle: String) -> Range<String.Index>? {
    utf8.indices.lazy.compactMap { match(needle, at: $0) }.first
  }

  /// Where a short ASCII string last stands.
  func range(ofLast needle: String) -> Range<String.Index>? {
    utf8.indices.reversed().lazy.compactMap { match(needle, at: $0) }.first
  }

  private func match(_ needle: String, at start: String.Index) -> Range<String.Index>? {
    guard utf8[start...].starts(with: needle.utf8) else { return nil }
    return start..<utf8.index(start, offsetBy: needle.utf8.count)
  }
}
