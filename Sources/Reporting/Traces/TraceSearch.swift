package import Agents

/// Finds a pattern in traces, line by line.
package struct TraceSearch: Sendable {
  private let pattern: TracePattern
  /// How much of a long line is shown, in characters.
  private static let width = 200

  package init(_ pattern: TracePattern) { self.pattern = pattern }

  /// The lines of an event that hold the pattern, each as `kind: line`, safe for a terminal. The event's name (a tool, a host)
  /// stands before its text, and is looked at with it.
  package func lines(of event: TraceEvent) -> [String] {
    let name = event.name.map { $0 + " " } ?? ""
    let text = name + event.text
    guard pattern.isPossible(in: text) else { return [] }
    return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line in
      guard let end = pattern.end(in: line) else { return nil }
      return "\(event.kind.rawValue): " + Self.part(of: Substring(line), around: end)
    }
  }

  /// What stands around a place of a line.
  private static func part(of line: Substring, around place: Int) -> String {
    let scalars = line.unicodeScalars
    let length = scalars.count
    if length <= width { return Figures.visible(String(line)) }
    let start = max(0, min(place - width * 3 / 4, length - width))
    let from = scalars.index(scalars.startIndex, offsetBy: start)
    let to = scalars.index(from, offsetBy: min(width, length - start))
    return (start > 0 ? "..." : "") + Figures.visible(String(Substring(scalars[from..<to])))
      + (start + width < length ? "..." : "")
  }
}
