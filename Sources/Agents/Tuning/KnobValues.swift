/// What a knob may be set to, as its comment says: `8..512 step *2`, `1..10 step 2`, `{ijk, ikj}`.
struct KnobValues: Equatable, Sendable {
  /// The values in order, as they stand in the source.
  let levels: [String]
  /// Whether neighbours in `levels` are alike: true for numbers, false for an enumeration.
  let isOrdered: Bool

  /// More levels than any search visits: a slip of the pen.
  static let most = 10_000

  /// Why a text can't be read.
  struct Problem: Error { let message: String }

  init(parsing text: Substring) throws(Problem) {
    if text.first == "{" {
      levels = try Self.names(text)
      isOrdered = false
    } else {
      levels = try Self.numbers(text)
      isOrdered = true
    }
  }

  private static func names(_ text: Substring) throws(Problem) -> [String] {
    guard text.last == "}" else { throw Problem(message: "'{' without '}' in '\(text)'") }
    var names: [String] = []
    for part in text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false) {
      let name = part.trimmed()
      guard !name.isEmpty, name.utf8.allSatisfy(\.isValue) else {
        throw Problem(message: "'\(name)' in '\(text)' is not a name or a number")
      }
      guard !names.contains(String(name)) else { throw Problem(message: "'\(name)' stands twice in '\(text)'") }
      names.append(String(name))
    }
    guard names.count > 1 else { throw Problem(message: "'\(text)' leaves no choice: give two values or more") }
    return names
  }

  private static func numbers(_ text: Substring) throws(Problem) -> [String] {
    let words = text.split(whereSeparator: \.isWhitespace)
    let expected = "expected LOW..HIGH, LOW..HIGH step 2, LOW..HIGH step *2 or {a, b}"
    guard let first = words.first, let dots = first.firstRange(of: ".."), let low = Int(first[..<dots.lowerBound]),
      let high = Int(first[dots.upperBound...])
    else { throw Problem(message: "'\(text)' is not a range: \(expected)") }
    guard low < high else { throw Problem(message: "'\(first)' leaves no choice: \(low) is not below \(high)") }
    guard words.count == 1 || (words.count == 3 && words[1] == "step") else {
      throw Problem(message: "'\(words.dropFirst().joined(separator: " "))' after '\(first)': \(expected)")
    }
    let step = words.count == 3 ? words[2] : "1"
    let isGeometric = step.first == "*"
    guard let amount = Int(isGeometric ? step.dropFirst() : step), amount >= (isGeometric ? 2 : 1) else {
      throw Problem(message: "'step \(step)' is not a step: expected 2, +2 or *2, with *2 or more for a factor")
    }
    if isGeometric, low < 1 { throw Problem(message: "'step \(step)' needs a lowest value above 0, not \(low)") }
    var levels: [String] = []
    var value = low
    while value <= high {
      guard levels.count < most else { throw Problem(message: "'\(text)' has more than \(most) values") }
      levels.append(String(value))
      let (next, overflow) =
        isGeometric ? value.multipliedReportingOverflow(by: amount) : value.addingReportingOverflow(amount)
      if overflow { break }
      value = next
    }
    guard levels.count > 1 else { throw Problem(message: "'\(text)' leaves no choice: its one value is \(low)") }
    return levels
  }
}

extension Substring {
  /// Without white space at either end.
  func trimmed() -> Substring {
    var rest = drop(while: \.isWhitespace)
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return rest
  }

  /// Where a text first stands; the standard library has it only through Foundation or string processing.
  func firstRange(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}

extension UInt8 {
  /// A letter, digit or underscore, or part of a letter outside ASCII.
  var isWord: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...: true
    default: isDigit
    }
  }

  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  /// What a knob's value is written with.
  var isValue: Bool { isWord || self == UInt8(ascii: "-") || self == UInt8(ascii: ".") }

  var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\r") }
}
