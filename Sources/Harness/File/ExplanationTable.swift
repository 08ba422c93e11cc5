/// Rows of a name and a value under headings, the values in one column.
struct ExplanationTable {
  private enum Line {
    case heading(String)
    case row(String, String)
  }
  private var lines: [Line] = []

  mutating func section(_ heading: String) { lines.append(.heading(heading)) }
  mutating func add(_ name: String, _ value: String) {
    lines.append(.row(name, value.visible(keepingLines: true)))
  }

  var text: String {
    let widths = lines.map { line in if case .row(let name, _) = line { name.count } else { 0 } }
    let width = widths.max() ?? 0
    return lines.map { line in
      switch line {
      case .heading(let heading): "\n\(heading)\n"
      case .row("", let value): "  \(value)\n"
      case .row(let name, let value):
        "  \(name)\(String(repeating: " ", count: width - name.count))  "
          + value.split(separator: "\n").joined(separator: "\n" + String(repeating: " ", count: width + 4)) + "\n"
      }
    }.joined()
  }
}
