/// One JSON value (RFC 8259) and where it began.
///
/// Stock decoders keep the last of two equal keys, let infinities through, or recurse until the stack ends. A scorer's
/// output is hostile input, so this reader accepts exactly one value and refuses all of that.
public struct StrictJSON: Sendable, Hashable {
  /// Byte offset of the value's first byte.
  public let offset: Int
  public let value: Value

  public enum Value: Sendable, Hashable {
    /// Members in the order written; no two names are equal.
    case object([Member])
    case array([StrictJSON])
    case string(String)
    /// Always finite, and never a negative zero.
    case number(Double)
    case bool(Bool)
    case null
  }

  /// A name and its value in an object.
  public struct Member: Sendable, Hashable {
    public let name: String
    /// Byte offset of the name's opening quote.
    public let offset: Int
    public let value: StrictJSON
  }

  /// What the value is, in words for messages.
  public var kind: String {
    switch value {
    case .object: "an object"
    case .array: "an array"
    case .string: "a string"
    case .number: "a number"
    case .bool(let flag): flag ? "true" : "false"
    case .null: "null"
    }
  }

  /// Reads the one JSON value that `bytes` must hold, with nothing but white space around it.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8 without a byte-order mark.
  ///   - depth: How many objects and arrays may lie in each other.
  /// - Throws: `StrictJSONError` with the offset of the first byte that is wrong.
  public static func read(_ bytes: [UInt8], depth: Int = 32) throws(StrictJSONError) -> StrictJSON {
    do {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      throw StrictJSONError(.encoding, at: error.byteOffsets.lowerBound, "invalid UTF-8")
    }
    var reader = StrictJSONReader(bytes: bytes, depth: depth)
    return try reader.document()
  }
}
