internal import CExpat

/// One parse by libexpat, made safe for hostile files.
///
/// - A document type ends the reading: entities grow exponentially or read files, and default attributes grow quadratically.
/// - Depth is bounded, and so is a single tag or comment, which expat keeps whole in memory until it ends.
/// - NUL, bytes that are not of the encoding, and unknown encodings are errors of expat's own.
final class XMLStream {
  private let parser: XML_Parser
  private let document: any XMLDocument
  private let limits: TestReportLimits
  private var depth = 0
  private var fed = 0
  private var fault: TestReportError?

  /// nil: no memory.
  init?(document: any XMLDocument, limits: TestReportLimits) {
    guard let parser = XML_ParserCreate(nil) else { return nil }
    self.parser = parser
    self.document = document
    self.limits = limits
    connect()
  }

  deinit { XML_ParserFree(parser) }

  var line: Int { Int(XML_GetCurrentLineNumber(parser)) }

  func add(_ bytes: UnsafeRawBufferPointer) throws(TestReportError) {
    // expat counts bytes in an `int`, and looks at an unfinished tag once for each piece.
    let piece = 1 << 20
    for start in stride(from: 0, to: bytes.count, by: piece) {
      let part = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + piece, bytes.count)])
      let status = XML_Parse(parser, part.bindMemory(to: CChar.self).baseAddress, Int32(part.count), 0)
      if let fault { throw fault }
      guard status == XML_STATUS_OK else { throw TestReportError(.malformed, line: line, reason) }
      fed += part.count
      guard fed - Int(XML_GetCurrentByteIndex(parser)) <= limits.tag else {
        throw TestReportError(.size, line: line, "a tag or comment of more than \(limits.tag) bytes")
      }
    }
  }

  func finish(expected: String) throws(TestReportError) {
    let status = XML_Parse(parser, nil, 0, 1)
    if let fault { throw fault }
    if status == XML_STATUS_OK { return }
    throw TestReportError(.malformed, line: line, fed == 0 ? "empty: expected \(expected)" : reason)
  }

  private var reason: String {
    let error = XML_GetErrorCode(parser)
    let text = XML_ErrorString(error).map { String(cString: $0) } ?? "error \(error.rawValue)"
    let isCut = error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN || error == XML_ERROR_PARTIAL_CHAR
    return isCut ? "the report ends too early (\(text)): was the test run killed?" : "not XML: \(text)"
  }

  private func fail(_ error: TestReportError) {
    if fault == nil { fault = error }
    XML_StopParser(parser, XML_Bool(XML_FALSE))
  }

  private func begin(_ tag: String, _ attributes: XMLAttributes) {
    depth += 1
    guard depth <= limits.depth else {
      return fail(TestReportError(.depth, line: line, "elements lie more than \(limits.depth) deep"))
    }
    // expat still calls for what lies between a stop and the end of its token.
    guard fault == nil else { return }
    do { try document.begin(tag, attributes, line: line) } catch { fail(error) }
  }

  private func end() {
    depth -= 1
    guard fault == nil else { return }
    do { try document.end(line: line) } catch { fail(error) }
  }

  private func text(_ bytes: UnsafePointer<CChar>, _ count: Int) {
    guard document.wantsText else { return }
    bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
      document.append(UnsafeBufferPointer(start: $0, count: count))
    }
  }

  private func connect() {
    // Unretained: the parser is freed with the stream.
    XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    XML_SetElementHandler(
      parser,
      { data, name, attributes in
        guard let stream = XMLStream.from(data), let name else { return }
        stream.begin(String(cString: name), XMLAttributes(list: attributes))
      },
      { data, _ in XMLStream.from(data)?.end() })
    XML_SetCharacterDataHandler(parser) { data, text, count in
      guard let stream = XMLStream.from(data), let text else { return }
      stream.text(text, Int(count))
    }
    XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
      guard let stream = XMLStream.from(data) else { return }
      stream.fail(
        TestReportError(
          .entity, line: stream.line,
          "declares a document type (DOCTYPE), which can declare entities: a report has no use for any"
        ))
    }
  }

  /// The stream behind expat's user data.
  private static func from(_ data: UnsafeMutableRawPointer?) -> XMLStream? {
    data.map { Unmanaged<XMLStream>.fromOpaque($0).takeUnretainedValue() }
  }
}
