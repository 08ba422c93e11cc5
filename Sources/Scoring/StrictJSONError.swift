/// Why bytes are not one strict JSON value.
public struct StrictJSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of fault.
  public enum Code: String, Sendable, Hashable {
    /// Nothing but white space.
    case empty
    /// Not UTF-8.
    case encoding
    /// Against the grammar.
    case syntax
    /// NaN, an infinity, or a number too large for a double.
    case notFinite
    /// The same name twice in one object.
    case duplicate
    /// Too many objects and arrays in each other.
    case depth
    /// A second value after the first.
    case trailing
  }

  public let code: Code
  /// Offset of the first wrong byte, from 0.
  public let offset: Int
  /// What was found there, and what was expected.
  public let detail: String

  public init(_ code: Code, at offset: Int, _ detail: String) {
    self.code = code
    self.offset = offset
    self.detail = detail
  }

  public var description: String { "byte \(offset): \(detail)" }
}
