/// A line's comment that speaks to Belljar: `// belljar: knob BLOCK 8..512 step *2`.
struct KnobComment {
  /// Where the comment begins.
  let start: Int
  /// Whether nothing else stands in its line.
  let isAlone: Bool
  /// What follows `belljar:`.
  private let text: String

  private static let leaders = ["//", "/*", "#", "--", ";"]

  /// Nil when the line has no such comment. Words before `belljar:` make it prose.
  init?(_ line: ArraySlice<UInt8>) {
    let marker = Array("belljar:".utf8)
    var at = line.startIndex
    while at + marker.count <= line.endIndex {
      if line[at] == marker[0], line[at..<(at + marker.count)].elementsEqual(marker) {
        var before = line[..<at]
        while let last = before.last, last.isBlank { before.removeLast() }
        for leader in Self.leaders where before.count >= leader.utf8.count {
          guard before.suffix(leader.utf8.count).elementsEqual(leader.utf8) else { continue }
          start = before.endIndex - leader.utf8.count
          isAlone = line[..<start].allSatisfy(\.isBlank)
          var rest = String(decoding: line[(at + marker.count)...], as: UTF8.self)[...].trimmed()
          if leader == "/*", rest.hasSuffix("*/") { rest = rest.dropLast(2).trimmed() }
          text = String(rest)
          return
        }
      }
      at += 1
    }
    return nil
  }

  func declaration() throws(KnobValues.Problem) -> (name: String, values: KnobValues) {
    let words = text.split(maxSplits: 2, whereSeparator: \.isWhitespace)
    guard words.first == "knob" else {
      throw KnobValues.Problem(
        message: "'belljar: \(words.first ?? "")' is not known: expected 'belljar: knob NAME VALUES'")
    }
    guard words.count == 3, words[1].utf8.allSatisfy(\.isWord), words[1].utf8.first?.isDigit == false else {
      throw KnobValues.Problem(
        message: "'\(text)' is not a knob: expected 'knob NAME VALUES', as in 'knob BLOCK 8..512 step *2'")
    }
    return (String(words[1]), try KnobValues(parsing: words[2].trimmed()))
  }
}

/// Finds the value that a line gives to a name: `#define NAME 64`, `const int NAME = 64;`, `let NAME: Int = 64`.
struct KnobDefinition {
  /// The bytes of the value, without quotes around it; nil when the line doesn't define the name.
  private(set) var value: Range<Int>?

  init(name: String, in line: ArraySlice<UInt8>) {
    let name = Array(name.utf8)
    var at = line.startIndex
    while at + name.count <= line.endIndex {
      let end = at + name.count
      let isWhole =
        (at == line.startIndex || !line[at - 1].isWord) && (end == line.endIndex || !line[end].isWord)
      if isWhole, line[at..<end].elementsEqual(name), let start = Self.valueStart(line, name: at..<end) {
        var stop = start
        while stop < line.endIndex, line[stop].isValue { stop += 1 }
        if stop > start {
          value = start..<stop
          return
        }
      }
      at += 1
    }
  }

  private static func valueStart(_ line: ArraySlice<UInt8>, name: Range<Int>) -> Int? {
    var before = line[..<name.lowerBound]
    while let last = before.last, last.isBlank { before.removeLast() }
    var at = name.upperBound
    func skipBlanks() { while at < line.endIndex, line[at].isBlank { at += 1 } }
    skipBlanks()
    if !before.suffix(6).elementsEqual("define".utf8) {
      if at < line.endIndex, line[at] == UInt8(ascii: ":") {  // a type, or := in Go and Make
        at += 1
        while at < line.endIndex, line[at].isBlank || line[at].isWord { at += 1 }
      }
      guard at < line.endIndex, line[at] == UInt8(ascii: "=") else { return nil }
      at += 1
      if at < line.endIndex, line[at] == UInt8(ascii: "=") { return nil }
      skipBlanks()
    }
    if at < line.endIndex, line[at] == UInt8(ascii: "\"") || line[at] == UInt8(ascii: "'") { at += 1 }
    return at
  }
}
