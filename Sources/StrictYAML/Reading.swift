/// The readers of single values. Each says what it expected and what it found.
extension YAMLValue {
  /// Any scalar's text as it is written; never nothing.
  package func string() throws(YAMLError) -> String {
    guard case .scalar(let text, _) = content, !isNull else { throw expected("a text") }
    return text
  }

  /// A whole number within bounds.
  package func integer(in range: ClosedRange<Int>) throws(YAMLError) -> Int {
    let wanted = "a whole number\(Self.bounds(range))"
    guard case .scalar(let text, plain: true) = content, let value = Int(text), range.contains(value) else {
      throw expected(wanted)
    }
    return value
  }

  /// A finite decimal number.
  package func number() throws(YAMLError) -> Double {
    guard case .scalar(let text, plain: true) = content, let value = Units.number(text) else {
      throw expected("a number")
    }
    return value
  }

  /// `true` or `false`, and no other spelling.
  package func boolean() throws(YAMLError) -> Bool {
    if case .scalar(let text, plain: true) = content {
      if text == "true" { return true }
      if text == "false" { return false }
    }
    throw expected("true or false")
  }

  /// The items of a list.
  package func list() throws(YAMLError) -> [YAMLValue] {
    guard case .list(let items) = content else { throw expected("a list") }
    return items
  }

  /// A list of texts, or one text for a list of one.
  package func strings() throws(YAMLError) -> [String] {
    switch content {
    case .list(let items):
      var texts: [String] = []
      for item in items { texts.append(try item.string()) }
      return texts
    case .scalar where !isNull: return [try string()]
    default: throw expected("a text or a list of texts")
    }
  }

  /// The entries of a mapping.
  package func mapping() throws(YAMLError) -> YAMLMapping {
    guard case .mapping(let entries) = content else { throw expected("a mapping") }
    return YAMLMapping(entries: entries, place: self)
  }

  /// A positive duration with its unit.
  package func duration() throws(YAMLError) -> Duration {
    guard case .scalar(let text, _) = content, let value = Units.duration(text) else {
      throw expected("a duration with a unit, such as '30 s'")
    }
    return value
  }

  /// A number of bytes with its unit.
  package func byteCount() throws(YAMLError) -> Int {
    guard case .scalar(let text, _) = content, let value = Units.byteCount(text) else {
      throw expected("a size with a unit, such as '200 KB'")
    }
    return value
  }

  /// A percentage as a fraction: `1 %` is 0.01.
  package func fraction() throws(YAMLError) -> Double {
    guard case .scalar(let text, _) = content, let value = Units.fraction(text) else {
      throw expected("a percentage, such as '1 %'")
    }
    return value
  }

  /// One of an enumeration's names.
  package func choice<T: RawRepresentable & CaseIterable>(_ type: T.Type) throws(YAMLError) -> T
  where T.RawValue == String {
    let names = T.allCases.map(\.rawValue)
    let wanted = "one of \(names.joined(separator: ", "))"
    guard case .scalar(let text, _) = content, !isNull else { throw expected(wanted) }
    if let value = T(rawValue: text) { return value }
    let hint = Nearest.name(to: text, among: names).map { "; did you mean '\($0)'?" } ?? ""
    throw error("expected \(wanted); found \(found)\(hint)")
  }

  private static func bounds(_ range: ClosedRange<Int>) -> String {
    switch (range.lowerBound, range.upperBound) {
    case (.min, .max): ""
    case (let low, .max): " of at least \(low)"
    case (.min, let high): " of at most \(high)"
    case (let low, let high): " from \(low) to \(high)"
    }
  }
}
