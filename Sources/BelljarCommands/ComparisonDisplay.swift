internal import Comparison
internal import Glibc
internal import Reporting
internal import Sandbox

/// Shows a comparison as it goes on: one moving line on a terminal's stderr, nothing in a pipe.
final class ComparisonDisplay {
  private let isTerminal = isatty(2) == 1
  private var moving = false

  func show(_ line: String) {
    guard isTerminal else { return }
    moving = true
    write("\r\u{1b}[K" + line)
  }

  /// A line that stays, also in a pipe.
  func note(_ line: String) {
    clear()
    Exit.note(line)
  }

  /// The machine's measurement lock, which tells here for whom it waits.
  func lock(_ cancellation: Cancellation) throws -> MeasurementLock {
    let lock = try MeasurementLock(cancellation: cancellation)
    lock.waiting = { [self] in note("waiting: \($0); one measurement at a time on a machine") }
    return lock
  }

  func clear() {
    if moving { write("\r\u{1b}[K") }
    moving = false
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(2, bytes, bytes.count)
  }
}
