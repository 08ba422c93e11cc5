internal import Scoring

/// A value as JSON, written in the order of its fields.
package indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list([JSONValue])
  case object([(String, JSONValue)])

  package init(_ text: String?) { self = text.map { .string($0) } ?? .null }
  package init(_ number: Double?) { self = number.map { .double($0) } ?? .null }
  package init(_ number: Int?) { self = number.map { .int($0) } ?? .null }
  package init(_ flag: Bool?) { self = flag.map { .bool($0) } ?? .null }

  /// One line of JSON.
  package var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): "\(value)"
    // JSON has no NaN and no infinity.
    case .double(let value): value.isFinite ? "\(value)" : "null"
    case .string(let value): StrictJSON.quoted(value)
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .object(let fields):
      "{" + fields.map { "\(StrictJSON.quoted($0.0)): \($0.1.text)" }.joined(separator: ", ") + "}"
    }
  }
}
