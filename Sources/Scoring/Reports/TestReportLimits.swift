/// How much of a report is read. A report is written by the candidate's own process, so each of these is a way in which a
/// hostile one would eat the harness's memory.
public struct TestReportLimits: Sendable, Hashable {
  /// The most bytes, all files of a report together.
  public var bytes = 256 << 20
  /// The longest line of a text format, and the longest JSON value.
  public var line = 1 << 20
  /// The longest tag or comment of XML, which libexpat keeps whole. As expat waits for a long one to double before it looks
  /// again, one of half this size may be refused.
  public var tag = 8 << 20
  /// How deep elements, objects or subtests may lie in each other.
  public var depth = 64
  /// The most tests.
  public var cases = 500_000
  /// The most bytes of all names together.
  public var names = 64 << 20
  /// The most bytes of all messages together; what comes later is not kept.
  public var messages = 16 << 20

  public init() {}

  /// The most of one message that is kept, in bytes.
  static let message = 2_000
  /// The longest name that is kept as it is, in bytes.
  static let name = 1_000
}
