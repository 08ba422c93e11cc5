/// What becomes of an XML report's elements. A class, because expat hands its callbacks a pointer.
protocol XMLDocument: AnyObject {
  /// The elements that a report may begin with, for a message.
  static var expected: String { get }

  init(collector: TestCaseCollector)

  /// Whether the text at hand is of use.
  var wantsText: Bool { get }

  func begin(_ tag: String, _ attributes: XMLAttributes, line: Int) throws(TestReportError)
  func append(_ bytes: UnsafeBufferPointer<UInt8>)
  func end(line: Int) throws(TestReportError)
  /// The document is whole.
  func finish(line: Int) throws(TestReportError)
}

/// An element's attributes as expat has them, valid during the callback only.
struct XMLAttributes {
  /// Names and values in turn, ended by NULL.
  let list: UnsafeMutablePointer<UnsafePointer<CChar>?>?

  /// Calls with each name and value; only what is asked for is made a `String`.
  func visit(_ body: (_ name: String, _ value: UnsafePointer<CChar>) -> Void) {
    guard var next = list else { return }
    while let key = next[0], let value = next[1] {
      body(String(cString: key), value)
      next += 2
    }
  }
}

/// Text between tags, bounded.
struct XMLText {
  private(set) var bytes: [UInt8] = []

  var isFull: Bool { bytes.count >= TestReportLimits.message }

  mutating func append(_ more: UnsafeBufferPointer<UInt8>) {
    bytes.append(contentsOf: more.prefix(max(0, TestReportLimits.message - bytes.count)))
  }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Without the white space around it.
  var trimmed: String {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(decoding: bytes[first...last], as: UTF8.self)
  }
}
