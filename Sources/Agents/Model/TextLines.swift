/// Texts line by line.
enum TextLines {
  /// The lines without their ends; the end after the last line makes no further one. A CR before a line's end stays.
  static func split(_ text: String) -> [Substring] {
    var lines: [Substring] = []
    var start = text.utf8.startIndex
    let end = text.utf8.endIndex
    var index = start
    while index < end {
      if text.utf8[index] == UInt8(ascii: "\n") {
        lines.append(text[start..<index])
        start = text.utf8.index(after: index)
      }
      index = text.utf8.index(after: index)
    }
    if start < end { lines.append(text[start..<end]) }
    return lines
  }
}
