/// A path inside a tree: relative, `/`-separated, any bytes but NUL; never empty, never with `.` or `..` parts.
package struct TreePath: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The path's bytes as the file system has them.
  package let bytes: [UInt8]

  /// A checked path: nil for empty, absolute, dotted (`.`/`..`), doubled-slash, NUL or over-long paths.
  package init?(bytes: [UInt8]) {
    guard !bytes.isEmpty, bytes.count < 4096, !bytes.contains(0) else { return nil }
    for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard !part.isEmpty, part.count <= 255 else { return nil }
      if part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) { return nil }
    }
    self.bytes = bytes
  }

  /// The same from a text.
  package init?(_ text: String) { self.init(bytes: Array(text.utf8)) }

  /// The path for people and JSON: invalid UTF-8 and control characters come out as `\xNN` escapes.
  package var description: String {
    var text = ""
    var rest = bytes[...]
    while let first = rest.first {
      if first == UInt8(ascii: "\\") {
        text += "\\\\"
        rest.removeFirst()
        continue
      }
      var decoder = UTF8()
      var iterator = rest.makeIterator()
      if case .scalarValue(let scalar) = decoder.decode(&iterator), scalar.value >= 32,
        scalar.value != 127, !(0x80..<0xA0).contains(scalar.value)
      {
        text.unicodeScalars.append(scalar)
        rest = rest.dropFirst(UTF8.width(scalar))
      } else {
        let hex = String(first, radix: 16)
        text += "\\x" + (hex.count == 1 ? "0" : "") + hex
        rest.removeFirst()
      }
    }
    return text
  }

  package static func < (left: TreePath, right: TreePath) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}
