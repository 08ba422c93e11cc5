internal import Glibc

/// The lines of a small text file of the machine's own.
package enum SmallFile {
  /// Without comments; empty where the file can't be read, which for these files means: nothing said.
  package static func lines(_ path: String) -> [[Substring]] {
    guard let bytes = try? contents(path, most: 1 << 20) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
      line.prefix { $0 != "#" && $0 != ";" }.split { $0 == " " || $0 == "\t" || $0 == "\r" }
    }
  }

  /// A file's bytes, at most `most` of them.
  package static func contents(_ path: String, most: Int) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw EgressError("open", path, errno: errno) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16384)
    while bytes.count < most {
      let got = read(file, &piece, min(piece.count, most - bytes.count))
      if got < 0, errno == EINTR { continue }
      if got < 0 { throw EgressError("read", path, errno: errno) }
      if got == 0 { break }
      bytes.append(contentsOf: piece[0..<got])
    }
    return bytes
  }
}
