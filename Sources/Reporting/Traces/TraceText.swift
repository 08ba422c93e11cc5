package import Agents

/// A trace for a terminal: when, what kind, and what was said or done; lines of one text stand under each other.
package struct TraceText {
  private let colour: Bool
  private let full: Bool

  /// - Parameters:
  ///   - colour: Whether kinds are told apart by colours.
  ///   - full: Whether the inputs and results of tools are whole; else their first lines.
  package init(colour: Bool, full: Bool = false) {
    self.colour = colour
    self.full = full
  }

  private static let indent = String(repeating: " ", count: 19)
  /// What is shown of a tool's result where not all is.
  private static let resultLines = 6
  private static let resultWidth = 200

  /// One event with its line end.
  package func text(_ event: TraceEvent) -> String {
    let (word, paint) = Self.word(event)
    let when = Figures.fixed(event.seconds, 1)
    let head =
      String(repeating: " ", count: max(0, 7 - when.count)) + when + "  " + painted(Figures.pad(word, 10), paint)
    let lines = body(event)
    guard let first = lines.first else { return head + "\n" }
    return head + first + "\n" + lines.dropFirst().map { ($0.isEmpty ? "" : Self.indent + $0) + "\n" }.joined()
  }

  /// The kind as a reader calls it, and its colour.
  private static func word(_ event: TraceEvent) -> (String, Int?) {
    switch event.kind {
    case .session: ("session", 2)
    case .message: ("message", 1)
    case .reasoning: ("thinks", 2)
    case .toolCall: ("tool", 36)
    case .toolResult: event.isFailure ? ("failed", 31) : ("result", 32)
    case .usage: ("usage", 2)
    case .error: ("error", 31)
    case .network: ("network", event.isFailure ? 31 : 2)
    }
  }

  private func body(_ event: TraceEvent) -> [String] {
    switch event.kind {
    case .session:
      let parts = [event.name, event.id.map { "session \($0)" }, event.text.isEmpty ? nil : event.text]
      return [Figures.line(parts.compactMap { $0 }.joined(separator: ", "), most: 200)]
    case .message, .reasoning, .error: return Self.lines(of: event.text, width: 2000)
    case .toolCall:
      let name = Figures.line(event.name ?? "", most: 60)
      if full { return Self.first(name, before: Self.lines(of: event.text, width: .max)) }
      let input = event.text.split(whereSeparator: \.isNewline)
      let cut = Figures.line(input.first.map(String.init) ?? "", most: 160)
      return [name + (cut.isEmpty ? "" : "  " + cut) + (input.count > 1 && !cut.hasSuffix("...") ? " ..." : "")]
    case .toolResult:
      let lines = Self.lines(of: event.text, width: full ? .max : Self.resultWidth)
      if full || lines.count <= Self.resultLines + 1 { return lines }
      return lines.prefix(Self.resultLines) + ["... \(lines.count - Self.resultLines) more lines; --full shows them"]
    case .network: return [Figures.line("\(event.name ?? "")  \(event.text)", most: 300)]
    case .usage:
      guard let tokens = event.tokens else { return [] }
      return [StepTable.tokens(input: tokens.input, cached: tokens.cached, output: tokens.output)]
    }
  }

  private static func first(_ word: String, before lines: [String]) -> [String] {
    guard let first = lines.first else { return [word] }
    return ["\(word)  \(first)"] + lines.dropFirst()
  }

  private static func lines(of text: String, width: Int) -> [String] {
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
      let line = String(Substring($0))
      return Figures.line(line.hasSuffix("\r") ? String(line.dropLast()) : line, most: width)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private func painted(_ text: String, _ colour: Int?) -> String {
    guard self.colour, let colour else { return text }
    return "\u{1B}[\(colour)m\(text)\u{1B}[0m"
  }
}
