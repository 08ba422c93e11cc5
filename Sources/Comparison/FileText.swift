internal import Glibc

/// Files of the host that the user named.
enum FileText {
  /// The text of a file; nil where there is none. Bytes that are no UTF-8 come out as replacement characters.
  static func read(_ path: String) -> String? { isFile(path) ? ProcFile.text(path) : nil }

  static func isFile(_ path: String) -> Bool {
    var about = stat()
    return stat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFREG
  }
}
