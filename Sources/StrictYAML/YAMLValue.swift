/// A value of a YAML file together with its place, so that every complaint about it can name line and column.
///
/// Scalars keep their text: whether `no` or `1.0` is a word, a truth or a number is decided by the reader that asks for it, never guessed.
package struct YAMLValue: Sendable {
  /// The file as the user named it.
  package let file: String
  /// The line, from 1.
  package let line: Int
  /// The column, from 1.
  package let column: Int
  /// Where the value stands in the file's structure, such as `scorers[1].run`; empty for the whole file.
  package let path: String
  var content: Content

  indirect enum Content: Sendable {
    case scalar(String, plain: Bool)
    case list([YAMLValue])
    case mapping([(key: YAMLValue, value: YAMLValue)])
  }

  /// The shapes that a value may have.
  package enum Kind: String, Sendable {
    case scalar, list, mapping, null
  }

  /// The value's shape.
  package var kind: Kind {
    switch content {
    case .scalar(let text, plain: true) where ["", "~", "null", "Null", "NULL"].contains(text): .null
    case .scalar: .scalar
    case .list: .list
    case .mapping: .mapping
    }
  }

  /// Whether nothing was written: an empty value, `~` or `null` without quotes.
  package var isNull: Bool { kind == .null }

  /// An error at this value's place, led by its path.
  package func error(_ message: String) -> YAMLError {
    YAMLError(file: file, line: line, column: column, message: path.isEmpty ? message : "\(path): \(message)")
  }

  /// An error that says what was expected and what was found.
  package func expected(_ wanted: String) -> YAMLError { error("expected \(wanted); found \(found)") }

  /// What stands here, in a few words, for an error's text.
  package var found: String {
    switch content {
    case .list(let items): items.isEmpty ? "an empty list" : "a list"
    case .mapping: "a mapping"
    case .scalar(let text, _): isNull ? "nothing" : Self.quoted(text)
    }
  }

  /// A text in quotes, on one line and not longer than 60 characters.
  static func quoted(_ text: String) -> String {
    var line = ""
    for scalar in text.unicodeScalars.prefix(60) {
      if scalar == "\n" {
        line += "\\n"
      } else if scalar.value < 32 || (127..<160).contains(scalar.value) {
        line += "\\x" + String(scalar.value, radix: 16)
      } else {
        line.unicodeScalars.append(scalar)
      }
    }
    return text.unicodeScalars.count > 60 ? "'\(line)…'" : "'\(line)'"
  }
}
