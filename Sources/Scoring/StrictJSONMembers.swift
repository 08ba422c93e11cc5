/// How whoever reads JSON looks into it: what isn't there or has another type is nil.
extension StrictJSON {
  package var members: [Member]? {
    if case .object(let members) = value { members } else { nil }
  }

  /// A member of an object; one that is null counts as absent.
  package subscript(_ name: String) -> StrictJSON? {
    guard let found = members?.first(where: { $0.name == name })?.value, !found.isNull else { return nil }
    return found
  }

  package var items: [StrictJSON]? {
    if case .array(let items) = value { items } else { nil }
  }

  package var text: String? {
    if case .string(let text) = value { text } else { nil }
  }

  package var number: Double? {
    if case .number(let number) = value { number } else { nil }
  }

  package var isNull: Bool { value == .null }
  package var isTrue: Bool { value == .bool(true) }

  /// A whole number from 0 on that no sum of a few can overflow.
  package var count: Int? {
    guard let number, number >= 0, number <= 1e12, number == number.rounded() else { return nil }
    return Int(number)
  }
}
