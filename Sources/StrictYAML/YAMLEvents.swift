internal import CYAML

/// The events of a YAML text, one after the other, by libyaml (https://pyyaml.org/wiki/LibYAML). It keeps a stack of its own, so that no
/// nesting is too deep for it, and reads ahead by no more than a simple key may be long.
final class YAMLEvents {
  struct Event {
    enum Kind: Equatable {
      case document
      case scalar(String, plain: Bool)
      case list
      case mapping
      /// The end of a list or a mapping.
      case close
      case alias(String)
      /// The end of the text.
      case end
    }

    let kind: Kind
    var anchor: String?
    var tag: String?
    /// From 1, as the column in Unicode scalars.
    let line: Int
    let column: Int
  }

  /// The largest text, in bytes.
  private static let most = 1_000_000

  private let file: String
  private let text: UnsafeMutableBufferPointer<UInt8>
  private let parser: UnsafeMutablePointer<yaml_parser_t>

  /// - Throws: `YAMLError` where the text is too large, or has directives.
  init(_ text: String, file: String) throws(YAMLError) {
    guard text.utf8.count <= Self.most else {
      throw YAMLError(file: file, line: 1, column: 1, message: "the file is larger than \(Self.most) bytes")
    }
    if let line = Self.lineOfDirective(in: text) {
      let message = "directives ('%YAML', '%TAG') are not read, and no line may begin with '%'"
      throw YAMLError(file: file, line: line, column: 1, message: message)
    }
    self.file = file
    self.text = .allocate(capacity: text.utf8.count)
    _ = self.text.initialize(from: text.utf8)
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    guard yaml_parser_initialize(parser) == 1 else { throw failure }
    yaml_parser_set_input_string(parser, self.text.baseAddress, self.text.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    text.deallocate()
  }

  /// The line of the first directive, or of what might be one. libyaml compares each with all before it.
  private static func lineOfDirective(in text: String) -> Int? {
    var line = 1
    var isAtStart = true
    for scalar in text.unicodeScalars {
      if isAtStart, scalar == "%" { return line }
      if scalar == "\n" { line += 1 }
      // What YAML 1.1 takes for the end of a line, and a byte order mark.
      switch scalar {
      case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}": isAtStart = true
      default: isAtStart = false
      }
    }
    return nil
  }

  /// The next event that says something.
  func next() throws(YAMLError) -> Event {
    while true {
      var event = yaml_event_t()
      guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
      defer { yaml_event_delete(&event) }
      if let read = Self.read(event) { return read }
    }
  }

  /// An error at an event's place.
  func error(_ message: String, at event: Event) -> YAMLError {
    YAMLError(file: file, line: event.line, column: event.column, message: message)
  }

  private static func read(_ event: yaml_event_t) -> Event? {
    let (line, column) = (Int(event.start_mark.line) + 1, Int(event.start_mark.column) + 1)
    func made(_ kind: Event.Kind, anchor: UnsafePointer<UInt8>? = nil, tag: UnsafePointer<UInt8>? = nil) -> Event {
      Event(
        kind: kind, anchor: anchor.map { String(cString: $0) }, tag: tag.map { String(cString: $0) }, line: line,
        column: column)
    }
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: return made(.document)
    case YAML_STREAM_END_EVENT: return made(.end)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return made(.close)
    case YAML_ALIAS_EVENT: return made(.alias(String(cString: event.data.alias.anchor)))
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      return made(.list, anchor: start.anchor, tag: start.tag)
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      return made(.mapping, anchor: start.anchor, tag: start.tag)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return made(
        .scalar(text, plain: scalar.style == YAML_PLAIN_SCALAR_STYLE), anchor: scalar.anchor, tag: scalar.tag)
    // The stream's start, and a document's end.
    default: return nil
    }
  }

  /// What libyaml could not read, as one line with a place.
  private var failure: YAMLError {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "the YAML cannot be read"
    switch parser.pointee.error {
    case YAML_MEMORY_ERROR:
      return YAMLError(file: file, line: 1, column: 1, message: "out of memory while reading the YAML")
    case YAML_READER_ERROR:
      let before = String(decoding: text.prefix(Int(parser.pointee.problem_offset)), as: UTF8.self).unicodeScalars
      return YAMLError(
        file: file, line: 1 + before.count { $0 == "\n" },
        column: 1 + before.reversed().prefix { $0 != "\n" }.count, message: problem)
    default: break
    }
    var message = problem
    if let context = parser.pointee.context.map({ String(cString: $0) }) {
      message += " (\(context), line \(parser.pointee.context_mark.line + 1))"
      if context == "while scanning a tag" { message += "; a text that starts with '!' needs quotes" }
      if context == "while scanning an alias" { message += "; a text that starts with '*' needs quotes" }
    }
    let mark = parser.pointee.problem_mark
    return YAMLError(file: file, line: Int(mark.line) + 1, column: Int(mark.column) + 1, message: message)
  }
}
