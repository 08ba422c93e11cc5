internal import Glibc

/// Files of /proc, which have no size.
enum ProcFile {
  /// The text of a file; nil where it can't be read.
  static func text(_ path: String) -> String? {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while true {
      let got = read(fd, &piece, piece.count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { return nil }
      if got == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece[0..<got]
    }
  }
}
