/// Reads a pattern's text into its parts.
enum GlobReader {
  static func read(_ text: String) throws(WorkspaceError) -> [Glob.Part] {
    func bad(_ reason: String, _ advice: String) -> WorkspaceError {
      WorkspaceError("read the pattern", "\"\(EscapedBytes.text(Array(text.utf8)))\"", because: reason, advice: advice)
    }
    guard !text.isEmpty else { throw bad("it is empty", "write ** for every file") }
    guard !text.utf8.contains(0) else { throw bad("it holds a NUL byte", "no file name can") }
    guard !text.hasPrefix("/") else { throw bad("it is absolute", "patterns start at the top of the tree") }
    var parts: [Glob.Part] = []
    let body = Array((text.hasSuffix("/") ? text.dropLast() : text[...]).utf8)
    for raw in body.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      if raw.isEmpty { throw bad("it has an empty part", "write one / between parts") }
      if raw.elementsEqual(".".utf8) { continue }
      if raw.elementsEqual("..".utf8) {
        throw bad("it holds ..", "patterns can't leave the tree; set tree.root higher")
      }
      if raw.elementsEqual("**".utf8) {
        if parts.last != .anyDepth { parts.append(.anyDepth) }
        continue
      }
      guard let tokens = tokens(raw) else {
        throw bad("a [ or \\ has no end", "write \\[ or \\\\ for the character itself")
      }
      parts.append(.name(tokens))
    }
    // `.` alone is the whole tree.
    return parts.isEmpty ? [.anyDepth] : parts
  }

  private static func tokens(_ part: ArraySlice<UInt8>) -> [Glob.Token]? {
    var tokens: [Glob.Token] = []
    var rest = part
    while let byte = rest.popFirst() {
      switch byte {
      // As in .gitignore, stars beside other characters are one.
      case UInt8(ascii: "*"): if tokens.last != .run { tokens.append(.run) }
      case UInt8(ascii: "?"): tokens.append(.any)
      case UInt8(ascii: "\\"):
        guard let literal = rest.popFirst() else { return nil }
        tokens.append(.byte(literal))
      case UInt8(ascii: "["):
        guard let set = set(&rest) else { return nil }
        tokens.append(set)
      default: tokens.append(.byte(byte))
      }
    }
    return tokens
  }

  /// The set after its `[`; a `]` that comes first is one of its bytes.
  private static func set(_ rest: inout ArraySlice<UInt8>) -> Glob.Token? {
    var negated = false
    if rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^") {
      negated = true
      rest.removeFirst()
    }
    var ranges: [ClosedRange<UInt8>] = []
    while var low = rest.popFirst() {
      if low == UInt8(ascii: "]"), !ranges.isEmpty { return .set(ranges, negated: negated) }
      if low == UInt8(ascii: "\\") {
        guard let literal = rest.popFirst() else { return nil }
        low = literal
      }
      if rest.first == UInt8(ascii: "-"), let high = rest.dropFirst().first, high != UInt8(ascii: "]") {
        guard low <= high else { return nil }
        rest = rest.dropFirst(2)
        ranges.append(low...high)
      } else {
        ranges.append(low...low)
      }
    }
    return nil
  }
}
