/// Bounds on a file's text that hold before Yams sees it: it recurses over nesting, and hashes whole keys after aliases are expanded.
enum Limits {
  /// The largest text, in bytes.
  static let bytes = 1_000_000
  /// The most values after aliases are expanded.
  static let values = 100_000
  /// The most uses of anchors: with 24 a chain of aliases grows to 3^8 copies at most.
  static let aliases = 24
  /// The deepest nesting of brackets.
  static let depth = 100

  static func problem(of text: String, file: String) -> YAMLError? {
    guard text.utf8.count <= bytes else {
      return YAMLError(file: file, line: 1, column: 1, message: "the file is larger than \(bytes) bytes")
    }
    var scan = Scan()
    for scalar in text.unicodeScalars {
      scan.read(scalar)
      if scan.depth > depth { return scan.error(file, "brackets are nested deeper than \(depth)") }
      if scan.indent > bytes / 1000 { return scan.error(file, "indented further than \(bytes / 1000) columns") }
    }
    if scan.uses.count(where: scan.anchors.contains) > aliases {
      let message = "more than \(aliases) uses of aliases; write the values out"
      return YAMLError(file: file, line: 1, column: 1, message: message)
    }
    return nil
  }

  /// A rough reading of the text. It may take characters of a quoted text for structure, so its bounds are wide.
  private struct Scan {
    var line = 1
    var column = 0
    var depth = 0
    var indent = 0
    var anchors: Set<String> = []
    var uses: [String] = []
    private var atStart = true
    private var atToken = true
    private var name: (sign: Unicode.Scalar, text: String)?

    mutating func read(_ scalar: Unicode.Scalar) {
      column += 1
      if var open = name {
        if scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-" || scalar == "_" {
          open.text.unicodeScalars.append(scalar)
          name = open
          return
        }
        if open.sign == "&" { anchors.insert(open.text) } else { uses.append(open.text) }
        name = nil
      }
      switch scalar {
      case "\n": (line, column, indent, atStart) = (line + 1, 0, 0, true)
      case " ", "-", "?", ":": if atStart { indent += 1 }
      default: atStart = false
      }
      if atToken, scalar == "&" || scalar == "*" { name = (scalar, "") }
      atToken = [" ", "\n", "\t", "[", "{", ",", "-", ":", "?"].contains(scalar)
      if scalar == "[" || scalar == "{" { depth += 1 }
      if depth > 0, scalar == "]" || scalar == "}" { depth -= 1 }
    }

    func error(_ file: String, _ message: String) -> YAMLError {
      YAMLError(file: file, line: line, column: max(column, 1), message: message)
    }
  }
}
