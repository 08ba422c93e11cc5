/// A path inside a tree: relative, `/`-separated, any bytes but NUL; never empty, never with `.` or `..` parts.
package struct TreePath: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// PATH_MAX: the kernel takes one byte less, and the closing NUL.
  static let lengthLimit = 4096

  /// The path's bytes as the file system has them.
  package let bytes: [UInt8]

  /// A checked path: nil for empty, absolute, dotted (`.`/`..`), doubled-slash, NUL or over-long paths.
  package init?(bytes: [UInt8]) {
    guard !bytes.isEmpty, bytes.count < Self.lengthLimit, !bytes.contains(0) else { return nil }
    for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard !part.isEmpty, part.count <= 255 else { return nil }
      if part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) { return nil }
    }
    self.bytes = bytes
  }

  /// A path that is made of parts that were checked.
  init(unchecked bytes: [UInt8]) { self.bytes = bytes }

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

extension TreePath {
  /// The folders that it lies in, the innermost first.
  var folders: [TreePath] { Array(sequence(first: self, next: \.parent).dropFirst()) }

  /// The folder that holds this path; nil at the top of the tree.
  package var parent: TreePath? {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return TreePath(bytes: Array(bytes[..<slash]))
  }

  /// The last part.
  package var name: ArraySlice<UInt8> {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes[...] }
    return bytes[(slash + 1)...]
  }

  /// The parts between the slashes.
  package var parts: [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: "/")) }

  /// The folders above this path, the nearest first.
  package var ancestors: some Sequence<TreePath> { sequence(state: self) { path in path.takeParent() } }

  private mutating func takeParent() -> TreePath? {
    guard let parent else { return nil }
    self = parent
    return parent
  }

  /// A path below this one; nil where that is too long or no name.
  package func appending(_ name: [UInt8]) -> TreePath? {
    TreePath(bytes: bytes + [UInt8(ascii: "/")] + name)
  }

  /// Whether this is the other path or lies below it.
  package func isAtOrBelow(_ other: TreePath) -> Bool {
    guard bytes.starts(with: other.bytes) else { return false }
    return bytes.count == other.bytes.count || bytes[other.bytes.count] == UInt8(ascii: "/")
  }
}
