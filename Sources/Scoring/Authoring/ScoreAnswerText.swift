extension ScoreAnswer {
  /// The answer as a scorer prints it: one line of JSON, which `read` takes.
  ///
  /// - Throws: `ScorerError` where a number is not finite, or where it is longer than `sizeLimit`.
  public func text() throws -> String {
    let text: String
    switch self {
    case .reject(let why): text = "{\"reject\": \(StrictJSON.quoted(why))}"
    case .score(let value, let metrics, let explanation):
      var fields = ["\"score\": \(try Self.number(value, "the score"))"]
      if !metrics.isEmpty {
        let named = try metrics.sorted { $0.key < $1.key }.map { name, value in
          "\(StrictJSON.quoted(name)): \(try Self.number(value, "the metric '\(name)'"))"
        }
        fields.append("\"metrics\": {\(named.joined(separator: ", "))}")
      }
      if !explanation.isEmpty { fields.append("\"explanation\": \(StrictJSON.quoted(explanation))") }
      text = "{\(fields.joined(separator: ", "))}"
    }
    guard text.utf8.count < Self.sizeLimit else {
      throw ScorerError("the answer has \(text.utf8.count) bytes: it may have at most \(Self.sizeLimit)")
    }
    return text
  }

  private static func number(_ value: Double, _ what: String) throws -> String {
    guard value.isFinite else { throw ScorerError("\(what) is \(value), which is no number that counts") }
    return "\(value)"
  }
}

extension StrictJSON {
  /// A text in quotes, with everything escaped that JSON or a terminal would take for something else.
  public static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\t": out += "\\t"
      case "\r": out += "\\r"
      case _ where scalar.isUnsafe:
        let hex = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
