internal import Glibc

/// A line of a report, without its end.
package struct ReportLine {
  /// From 1.
  package let number: Int
  package let bytes: ArraySlice<UInt8>
  /// Whether the line is longer than what is kept of it.
  package let isCut: Bool

  /// What is not UTF-8 becomes U+FFFD.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  func starts(with prefix: StaticString) -> Bool {
    bytes.count >= prefix.utf8CodeUnitCount
      && prefix.withUTF8Buffer { buffer in bytes.prefix(buffer.count).elementsEqual(buffer) }
  }
}

/// Parts a stream of bytes into lines, holding one line and one piece at most: of a longer line its beginning.
package struct LineSplitter {
  let limit: Int
  /// The line that was last handed out.
  private(set) var number = 0
  private var buffer: [UInt8] = []
  /// Where the line at hand begins.
  private var start = 0
  /// Up to where no line end was found.
  private var searched = 0
  private var isCut = false

  package init(limit: Int) { self.limit = limit }

  package mutating func feed(_ bytes: UnsafeRawBufferPointer) {
    buffer.removeFirst(start)
    searched -= start
    start = 0
    if buffer.count > limit {
      isCut = true
      buffer.removeLast(buffer.count - limit)
      searched = buffer.count
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next line whose end is known.
  package mutating func next() -> ReportLine? {
    guard let end = lineEnd(from: searched) else {
      searched = buffer.count
      return nil
    }
    searched = end + 1
    return line(upTo: end)
  }

  /// What stands behind the last line end; nil where nothing does.
  package mutating func rest() -> ReportLine? { start < buffer.count ? line(upTo: buffer.count) : nil }

  /// memchr looks at a gigabyte in a tenth of a second, also in a debug build.
  private func lineEnd(from start: Int) -> Int? {
    buffer.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, start < bytes.count,
        let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  private mutating func line(upTo end: Int) -> ReportLine {
    number += 1
    var bytes = buffer[start..<end]
    let wasCut = isCut || bytes.count > limit
    bytes = bytes.prefix(limit)
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    start = min(end + 1, buffer.count)
    isCut = false
    return ReportLine(number: number, bytes: bytes, isCut: wasCut)
  }
}
