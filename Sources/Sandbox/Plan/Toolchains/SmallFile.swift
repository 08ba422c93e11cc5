internal import Glibc

/// A file of a line or two that a stranger may have written: no link is followed, nothing is waited for, little is read.
enum SmallFile {
  static func text(_ path: String, most: Int = 4096) -> String? {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var about = stat()
    guard fstat(descriptor, &about) == 0, about.st_mode & S_IFMT == S_IFREG else { return nil }
    var bytes = [UInt8](repeating: 0, count: most)
    let count = read(descriptor, &bytes, most)
    return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}

/// The `#!` line of a script.
enum Interpreter {
  /// The program and its one argument; nil where the file is no script (execve(2), "Interpreter scripts").
  static func words(of file: String) -> [String]? {
    guard let text = SmallFile.text(file, most: 256), text.hasPrefix("#!") else { return nil }
    let line = text.dropFirst(2).prefix { $0 != "\n" }
    return line.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" }).map {
      String($0.drop { $0 == " " || $0 == "\t" })
    }
  }
}
