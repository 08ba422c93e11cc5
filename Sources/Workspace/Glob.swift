/// A pattern over the paths of a tree: `*` within a name, `**` over folders, `?`, `[a-z]`; a folder's name covers what is below.
package struct Glob: Sendable, Hashable {
  package let pattern: String
  private let parts: [[UInt8]]

  /// - Throws: `WorkspaceError` for absolute patterns and those with `..`.
  package init(_ pattern: String) throws {
    self.pattern = pattern
    guard !pattern.hasPrefix("/"), !pattern.split(separator: "/").contains(".."), !pattern.isEmpty else {
      throw WorkspaceError("read pattern", pattern, "expected a pattern relative to the tree, without '..'")
    }
    parts = pattern.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }.map(Array.init)
  }

  /// Whether the pattern covers a path: the path itself, or a folder above it.
  package func matches(_ path: TreePath) -> Bool {
    Self.match(parts[...], path.bytes.split(separator: UInt8(ascii: "/"))[...])
  }

  private static func match(_ pattern: ArraySlice<[UInt8]>, _ names: ArraySlice<ArraySlice<UInt8>>) -> Bool {
    guard let first = pattern.first else { return true }
    if first.elementsEqual("**".utf8) {
      if pattern.count == 1 { return !names.isEmpty }
      return names.indices.contains { match(pattern.dropFirst(), names[$0...]) }
    }
    guard let name = names.first, matchName(first[...], name) else { return false }
    return match(pattern.dropFirst(), names.dropFirst())
  }

  /// One name against one part, greedy with one point to come back to.
  private static func matchName(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
    var pattern = pattern
    var name = name
    var back: (pattern: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
    while true {
      if pattern.first == UInt8(ascii: "*") {
        pattern = pattern.dropFirst()
        back = (pattern, name)
        continue
      }
      if let (rest, matched) = one(pattern, name.first), matched {
        pattern = rest
        name = name.dropFirst()
        if pattern.isEmpty, name.isEmpty { return true }
        continue
      }
      if pattern.isEmpty, name.isEmpty { return true }
      guard let from = back, !from.name.isEmpty else { return false }
      back = (from.pattern, from.name.dropFirst())
      pattern = from.pattern
      name = from.name.dropFirst()
    }
  }

  private static func one(_ pattern: ArraySlice<UInt8>, _ byte: UInt8?) -> (ArraySlice<UInt8>, Bool)? {
    guard let first = pattern.first, let byte else { return nil }
    if first == UInt8(ascii: "?") { return (pattern.dropFirst(), true) }
    if first == UInt8(ascii: "["), let end = pattern.dropFirst(2).firstIndex(of: UInt8(ascii: "]")) {
      var set = pattern[(pattern.startIndex + 1)..<end]
      let negated = set.first == UInt8(ascii: "!")
      if negated { set = set.dropFirst() }
      var found = false
      while let low = set.popFirst() {
        if set.count >= 2, set.first == UInt8(ascii: "-") {
          let high = set[set.startIndex + 1]
          set = set.dropFirst(2)
          if low <= high, (low...high).contains(byte) { found = true }
        } else if low == byte {
          found = true
        }
      }
      return (pattern[(end + 1)...], found != negated)
    }
    return (pattern.dropFirst(), first == byte)
  }
}
