/// A pattern over the paths of a tree, anchored at its top.
///
/// `*` is any bytes but `/`, `**` as a whole part is any number of parts, `?` one byte but `/`, `[a-z]` and `[!a-z]` one byte
/// of a set, `\` takes the next byte as it is. Matching takes at most the product of both lengths, whatever the pattern.
package struct Glob: Hashable, Sendable {
  enum Token: Hashable, Sendable {
    case byte(UInt8)
    case any
    case run
    case set([ClosedRange<UInt8>], negated: Bool)

    func matches(_ byte: UInt8) -> Bool {
      switch self {
      case .byte(let wanted): byte == wanted
      case .any, .run: true
      case .set(let ranges, let negated): ranges.contains { $0.contains(byte) } != negated
      }
    }
  }

  enum Part: Hashable, Sendable {
    case anyDepth
    case name([Token])
  }

  /// The pattern as it was written.
  package let text: String
  let parts: [Part]

  /// Reads a pattern.
  ///
  /// - Throws: ``WorkspaceError`` for empty or absolute patterns, those with `..`, and unclosed sets.
  package init(_ text: String) throws(WorkspaceError) {
    self.text = text
    parts = try GlobReader.read(text)
  }

  /// Whether the pattern names this path or a folder above it: what names a folder covers all of it, wildcards or not.
  package func matches(_ path: TreePath) -> Bool {
    let names = path.parts
    return (1...names.count).contains { matches(names[..<$0]) }
  }

  private func matches(_ names: ArraySlice<ArraySlice<UInt8>>) -> Bool {
    var part = 0
    var name = names.startIndex
    var retry: (part: Int, name: Int)?
    while name < names.endIndex {
      if part < parts.count, parts[part] == .anyDepth {
        // A last `**` wants at least one name: `src/**` is what lies in src, not src.
        if part == parts.count - 1 { return true }
        retry = (part + 1, name)
        part += 1
      } else if part < parts.count, case .name(let tokens) = parts[part], Self.matches(tokens, names[name]) {
        part += 1
        name += 1
      } else if let last = retry {
        retry = (last.part, last.name + 1)
        part = last.part
        name = last.name + 1
      } else {
        return false
      }
    }
    return part == parts.count
  }

  private static func matches(_ tokens: [Token], _ name: ArraySlice<UInt8>) -> Bool {
    var token = 0
    var place = name.startIndex
    var retry: (token: Int, place: Int)?
    while place < name.endIndex {
      if token < tokens.count, tokens[token] == .run {
        token += 1
        retry = (token, place)
      } else if token < tokens.count, tokens[token].matches(name[place]) {
        token += 1
        place += 1
      } else if let last = retry {
        retry = (last.token, last.place + 1)
        token = last.token
        place = last.place + 1
      } else {
        return false
      }
    }
    while token < tokens.count, tokens[token] == .run { token += 1 }
    return token == tokens.count
  }
}
