/// Why a scorer's output is no answer.
public struct ScoreAnswerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of fault.
  public enum Code: String, Sendable, Hashable {
    case empty, size, encoding, syntax, notFinite, duplicate, depth, trailing
    /// A value of the wrong type, such as `true` for a number.
    case type
    case unknownKey
    case missingKey
  }

  public let code: Code
  /// Offset of the first wrong byte of the output, from 0.
  public let offset: Int
  /// What was found there, and what was expected.
  public let detail: String

  public init(_ code: Code, at offset: Int, _ detail: String) {
    self.code = code
    self.offset = offset
    self.detail = detail
  }

  init(_ error: StrictJSONError) {
    let code: Code =
      switch error.code {
      case .empty: .empty
      case .encoding: .encoding
      case .syntax: .syntax
      case .notFinite: .notFinite
      case .duplicate: .duplicate
      case .depth: .depth
      case .trailing: .trailing
      }
    self.init(code, at: error.offset, error.detail)
  }

  public var description: String { "the scorer's output, byte \(offset): \(detail)" }
}
