internal import CExpat

/// Reads JUnit XML as pytest, Surefire, nextest, ctest, Swift Testing and their kin write it.
///
/// The cases are counted; the `tests`, `failures` and `time` attributes, which anyone can write, are not looked at.
/// Streams through libexpat: entity declarations end the reading at once, and depth and size have limits.
public enum JUnitReader {
  /// The most bytes that a report may have.
  public static let sizeLimit = 64 << 20
  /// How deep elements may lie in each other.
  public static let depthLimit = 64

  /// Reads one report.
  ///
  /// A case's name is its `classname`, a dot and its `name`, or the `name` alone. Of two cases with one name the worse
  /// outcome counts. An `error` or `failure` directly in a `testsuite` becomes an errored case named after the suite.
  ///
  /// - Throws: `TestReportError` with the line.
  public static func read(_ bytes: [UInt8]) throws(TestReportError) -> TestReport {
    guard bytes.count <= sizeLimit else {
      throw TestReportError(.size, line: 1, "\(bytes.count) bytes: a report has at most \(sizeLimit)")
    }
    guard let parser = XML_ParserCreate(nil) else {
      throw TestReportError(.resources, line: 1, "libexpat could not make a parser: out of memory")
    }
    defer { XML_ParserFree(parser) }
    let document = JUnitDocument()
    connect(parser, to: document)
    let complete = withExtendedLifetime(document) { feed(bytes, to: parser) }
    let line = Int(XML_GetCurrentLineNumber(parser))
    if let fault = document.fault { throw TestReportError(fault.code, line: line, fault.detail) }
    guard complete else { throw TestReportError(.malformed, line: line, reason(parser, size: bytes.count)) }
    return TestReport(cases: document.collector.cases)
  }

  /// Hands the bytes over in pieces, for expat counts them in an `int`. False: expat stopped.
  private static func feed(_ bytes: [UInt8], to parser: XML_Parser) -> Bool {
    bytes.withUnsafeBytes { buffer in
      let piece = 1 << 20
      for start in stride(from: 0, to: buffer.count, by: piece) {
        let part = buffer[start..<min(start + piece, buffer.count)]
        let text = UnsafeRawBufferPointer(rebasing: part).bindMemory(to: CChar.self)
        if XML_Parse(parser, text.baseAddress, Int32(part.count), 0) != XML_STATUS_OK { return false }
      }
      return XML_Parse(parser, nil, 0, 1) == XML_STATUS_OK
    }
  }

  private static func reason(_ parser: XML_Parser, size: Int) -> String {
    if size == 0 { return "empty: expected JUnit XML" }
    let error = XML_GetErrorCode(parser)
    let text = XML_ErrorString(error).map { String(cString: $0) } ?? "error \(error.rawValue)"
    let isCut = error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN || error == XML_ERROR_PARTIAL_CHAR
    return isCut ? "the report ends too early (\(text)): was the test run killed?" : "not XML: \(text)"
  }

  private static func connect(_ parser: XML_Parser, to document: JUnitDocument) {
    // Unretained: `read` keeps the document alive for as long as the parser.
    XML_SetUserData(parser, Unmanaged.passUnretained(document).toOpaque())
    document.stop = { XML_StopParser(parser, XML_Bool(XML_FALSE)) }
    XML_SetElementHandler(
      parser,
      { data, name, attributes in
        guard let document = JUnitDocument.from(data), let name else { return }
        document.begin(String(cString: name), JUnitAttributes(attributes))
      },
      { data, _ in JUnitDocument.from(data)?.end() })
    XML_SetCharacterDataHandler(parser) { data, text, count in
      guard let document = JUnitDocument.from(data), document.wantsText, let text else { return }
      text.withMemoryRebound(to: UInt8.self, capacity: Int(count)) { bytes in
        document.append(UnsafeBufferPointer(start: bytes, count: Int(count)))
      }
    }
    XML_SetEntityDeclHandler(parser) { data, name, _, _, _, _, _, _, _ in
      let entity = name.map { String(cString: $0).prefix(40) } ?? ""
      JUnitDocument.from(data)?.fail(.entity, "declares the entity \"\(entity)\": a report has no use for any")
    }
  }
}

extension JUnitDocument {
  /// The document behind expat's user data.
  static func from(_ data: UnsafeMutableRawPointer?) -> JUnitDocument? {
    data.map { Unmanaged<JUnitDocument>.fromOpaque($0).takeUnretainedValue() }
  }
}
