/// The entries of a mapping in the file's order.
package struct YAMLMapping: Sendable {
  /// Names and values; both know their places.
  package var entries: [(key: YAMLValue, value: YAMLValue)]
  private let place: YAMLValue

  init(entries: [(key: YAMLValue, value: YAMLValue)], place: YAMLValue) {
    self.entries = entries
    self.place = place
  }

  /// The keys in the file's order.
  package var names: [String] { entries.map { $0.key.name } }

  /// The value of a key; nil where the key is missing. A key without a value is there, and null.
  package subscript(_ key: String) -> YAMLValue? { entries.first { $0.key.name == key }?.value }

  /// The value of a key that must be there.
  package func require(_ key: String) throws(YAMLError) -> YAMLValue {
    guard let value = self[key] else { throw place.error("missing key '\(key)'") }
    return value
  }

  /// Refuses every key but these, at the key's own place.
  package func only(_ keys: [String]) throws(YAMLError) {
    for (key, _) in entries where !keys.contains(key.name) {
      let hint = Nearest.name(to: key.name, among: keys).map { "did you mean '\($0)'? " } ?? ""
      throw key.error("unknown key \(key.found); \(hint)expected one of \(keys.joined(separator: ", "))")
    }
  }

  /// An error at the mapping's place.
  package func error(_ message: String) -> YAMLError { place.error(message) }
}

extension YAMLValue {
  /// A key's text; keys are always scalars.
  fileprivate var name: String {
    if case .scalar(let text, _) = content { text } else { "" }
  }
}
