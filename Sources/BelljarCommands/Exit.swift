internal import Glibc
internal import Reporting

/// Ends of the process, and words to the user on stderr.
enum Exit {
  /// Prints one line to stderr. What a failing build has printed may be in it, so nothing in it moves the cursor.
  static func note(_ line: String) {
    let bytes = Array((Figures.visible(line) + "\n").utf8)
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { write(2, $0.baseAddress.map { $0 + done }, bytes.count - done) }
      if written <= 0 { return }
      done += written
    }
  }

  /// Ends with a message and a code.
  static func failure(_ line: String, code: Int32) -> Never {
    note(line)
    now(code)
  }

  /// Ends at once, with stdout flushed.
  static func now(_ code: Int32) -> Never {
    fflush(nil)
    exit(code)
  }
}
