/// Reads an XML report; what its elements mean is the document's matter.
struct XMLReader<Document: XMLDocument>: TestReportReader {
  private let document: Document
  private let limits: TestReportLimits
  private let stream: XMLStream?

  init(collector: TestCaseCollector) {
    document = Document(collector: collector)
    limits = collector.limits
    stream = XMLStream(document: document, limits: limits)
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) throws(TestReportError) {
    try started().add(bytes)
  }

  mutating func finish() throws(TestReportError) {
    let stream = try started()
    try stream.finish(expected: Document.expected)
    try document.finish(line: stream.line)
  }

  private func started() throws(TestReportError) -> XMLStream {
    guard let stream else {
      throw TestReportError(.resources, line: 1, "libexpat could not make a parser: out of memory")
    }
    return stream
  }
}
