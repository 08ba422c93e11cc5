/// A reader of a format that has one JSON object on a line.
///
/// Lines that do not begin with a brace are a program's own output among them, and are passed over.
protocol JSONLineReader: LineReader {
  var limits: TestReportLimits { get }
  mutating func take(_ event: JSONEvent) throws(TestReportError)
}

extension JSONLineReader {
  mutating func take(_ line: ReportLine) throws(TestReportError) {
    guard let first = line.bytes.first(where: { $0 != 0x20 && $0 != 0x09 }), first == UInt8(ascii: "{") else { return }
    if line.isCut { throw TestReportError(.size, line: line.number, "a line of more than \(lines.limit) bytes") }
    do {
      let json = try StrictJSON.read(Array(line.bytes), depth: limits.depth)
      try take(JSONEvent(json: json, line: line.number))
    } catch let error as StrictJSONError {
      throw TestReportError(
        .malformed, line: line.number, "not JSON: \(error): was the report cut off?")
    } catch let error as TestReportError {
      throw error
    } catch {
      throw TestReportError(.malformed, line: line.number, "\(error)")
    }
  }
}

/// One line's object, asked for its members.
struct JSONEvent {
  let json: StrictJSON
  let line: Int

  subscript(name: String) -> JSONEvent? {
    guard case .object(let members) = json.value else { return nil }
    return members.first { $0.name == name }.map { JSONEvent(json: $0.value, line: line) }
  }

  /// A member's text, or nil where there is none; another kind of value is an error.
  func text(_ name: String) throws(TestReportError) -> String? {
    guard let found = self[name] else { return nil }
    switch found.json.value {
    case .string(let text): return text
    case .null: return nil
    default:
      throw TestReportError(.structure, line: line, "\"\(name)\": expected a string, found \(found.json.kind)")
    }
  }

  func needed(_ name: String) throws(TestReportError) -> String {
    guard let text = try text(name), !text.isEmpty else {
      throw TestReportError(.structure, line: line, "an event without \"\(name)\"")
    }
    return text
  }

  /// A member that is true; false where it is not there.
  func flag(_ name: String) -> Bool? {
    guard case .bool(let flag) = self[name]?.json.value else { return nil }
    return flag
  }

  var elements: [JSONEvent] {
    guard case .array(let list) = json.value else { return [] }
    return list.map { JSONEvent(json: $0, line: line) }
  }
}
