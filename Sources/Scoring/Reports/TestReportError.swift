/// Why bytes are not a test report.
public struct TestReportError: Error, Sendable, Codable, Hashable, CustomStringConvertible {
  /// The kind of fault.
  public enum Code: String, Sendable, Codable, Hashable {
    /// No report where the harness says that one will be.
    case missing
    /// More bytes, tests or names than a report may have, or a longer line.
    case size
    /// Not of this format's grammar, or cut off.
    case malformed
    /// XML with a document type: no test runner writes one, entity bombs need one.
    case entity
    /// Elements lie too deep in each other.
    case depth
    /// Well-formed, but no report of this format.
    case structure
    /// A TAP version that is not known.
    case version
    /// A TAP plan that is missing, stands twice or in the middle, or doesn't agree with the tests.
    case plan
    /// The TAP stream says that the run was given up.
    case bailOut
    /// The machine had no memory for a parser.
    case resources
  }

  public let code: Code
  /// Line of the fault, from 1; 0 where it has no place.
  public let line: Int
  /// The file's name, where the report has several; else empty.
  public var source = ""
  /// What was found there, and what was expected.
  public let detail: String

  public init(_ code: Code, line: Int, _ detail: String) {
    self.code = code
    self.line = line
    self.detail = detail
  }

  public var description: String {
    if code == .missing { return detail }
    return "test report" + (source.isEmpty ? "" : " \(source)") + (line > 0 ? ", line \(line)" : "") + ": \(detail)"
  }
}
