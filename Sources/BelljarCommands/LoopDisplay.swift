internal import Glibc
internal import LoopControl
internal import Reporting

/// Shows a loop as it runs: on a terminal one moving line, in a pipe plain lines, with `--format json` NDJSON.
final class LoopDisplay {
  private let format: OutputFormat
  /// Whether less of the objective is better.
  var minimize = true
  private let isTerminal = isatty(2) == 1
  private var moving = false

  init(format: OutputFormat) { self.format = format }

  private var text: LoopText { LoopText(colour: isatty(1) == 1 && getenv("NO_COLOR") == nil, minimize: minimize) }

  func show(_ event: LoopEvent) {
    if format == .json {
      print(LoopText.json(event).text)
      fflush(nil)
      return
    }
    if let lines = text.lines(event) {
      clear()
      print(lines)
      fflush(nil)
    } else if isTerminal {
      clear()
      moving = true
      write(text.progress(event))
    }
  }

  private func clear() {
    if moving { write("\r\u{1b}[K") }
    moving = false
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(2, bytes, bytes.count)
  }
}
