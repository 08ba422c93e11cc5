/// Why bytes are not a test report.
public struct TestReportError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of fault.
  public enum Code: String, Sendable, Hashable {
    /// More bytes than a report may have.
    case size
    /// Not XML, or cut off.
    case malformed
    /// XML that declares an entity: no test runner does, entity bombs do.
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
  /// Line of the fault, from 1.
  public let line: Int
  /// What was found there, and what was expected.
  public let detail: String

  public init(_ code: Code, line: Int, _ detail: String) {
    self.code = code
    self.line = line
    self.detail = detail
  }

  public var description: String { "test report, line \(line): \(detail)" }
}
