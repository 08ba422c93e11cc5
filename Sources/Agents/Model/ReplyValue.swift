internal import Scoring

/// A value somewhere in an API's answer, or nothing: whatever is missing or of another kind reads as absent.
struct ReplyValue {
  private let json: StrictJSON?

  private init(_ json: StrictJSON?) { self.json = json }

  /// - Throws: `StrictJSONError` where the bytes are no strict JSON.
  init(_ bytes: [UInt8]) throws { json = try StrictJSON.read(bytes, depth: 128) }

  subscript(_ name: String) -> ReplyValue {
    guard case .object(let members)? = json?.value else { return ReplyValue(nil) }
    return ReplyValue(members.first { $0.name == name }?.value)
  }

  var items: [ReplyValue] {
    guard case .array(let items)? = json?.value else { return [] }
    return items.map { ReplyValue($0) }
  }

  var text: String? {
    guard case .string(let text)? = json?.value else { return nil }
    return text
  }

  /// A number of tokens; 0 where there is none that could be one.
  var count: Int {
    guard case .number(let number)? = json?.value, number >= 0, number <= 1e12 else { return 0 }
    return Int(number)
  }

  var isTrue: Bool { json?.value == .bool(true) }
}
