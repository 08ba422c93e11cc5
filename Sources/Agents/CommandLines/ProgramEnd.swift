/// Words for programs that end otherwise than they should.
enum ProgramEnd {
  static func killed(_ errorTail: String) -> String { "it was ended before it had a result" + tail(errorTail) }

  static func withoutResult(_ exitCode: Int32?, _ errorTail: String) -> String {
    "it ended with code \(exitCode ?? 0) and without a result" + tail(errorTail)
  }

  static func afterResult(_ exitCode: Int32?, _ errorTail: String) -> String {
    "it ended with code \(exitCode ?? 0) after its result" + tail(errorTail)
  }

  private static func tail(_ text: String) -> String {
    let lines = text.split(whereSeparator: \.isNewline).suffix(5).joined(separator: "\n")
    return lines.isEmpty ? "" : ": " + String(lines.suffix(1000))
  }
}

extension TraceEvent {
  func at(_ seconds: Double) -> TraceEvent {
    var event = self
    event.seconds = seconds
    return event
  }
}

extension TokenCount {
  /// What is left of it; never below nothing.
  func less(_ other: TokenCount) -> TokenCount {
    TokenCount(
      input: max(0, input - other.input), cached: max(0, cached - other.cached), output: max(0, output - other.output))
  }
}
