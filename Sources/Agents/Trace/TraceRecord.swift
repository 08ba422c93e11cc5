internal import Scoring

/// A step's trace as it is stored: one JSON object a line, compressed with gzip (`zcat <FILE` reads it).
///
/// What an agent prints has no bounds; what is stored has: long texts keep their beginning and their end, and so does a trace with
/// too many events, with a word on what is left out.
package struct TraceRecord: Sendable, Hashable {
  /// The most bytes of a trace before it is compressed.
  package static let most = 32 << 20
  /// The most bytes of one event's text.
  package static let mostText = 1 << 20
  /// The most bytes of a name or an id.
  static let mostName = 1000

  package var events: [TraceEvent]

  package init(_ events: [TraceEvent]) { self.events = events }

  /// The compressed trace, for the object store.
  package func stored() throws(TraceFault) -> [UInt8] { try Gzip.compress(lines()) }

  /// Reads a stored trace. What is damaged inside is passed over; what isn't gzip, or holds more than a trace can, is refused.
  package init(stored bytes: [UInt8]) throws(TraceFault) {
    self.init(lines: try Gzip.decompress(bytes, most: Self.most))
  }

  /// The trace as JSON lines, at most `most` bytes.
  package func lines(most: Int = most) -> [UInt8] {
    // From both ends at once: what an agent set out to do and what it came to matter more than the middle.
    var (head, tail): ([[UInt8]], [[UInt8]]) = ([], [])
    var (first, last, size) = (0, events.count, 200)
    while first < last {
      let isTail = tail.count < head.count
      let line = Self.line(isTail ? events[last - 1] : events[first])
      if size + line.count > most { break }
      size += line.count
      if isTail {
        tail.append(line)
        last -= 1
      } else {
        head.append(line)
        first += 1
      }
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    for line in head { bytes += line }
    if first < last {
      bytes += Self.line(
        TraceEvent(
          .error, seconds: events[first].seconds, text: "\(last - first) events of this trace were too much to keep"))
    }
    for line in tail.reversed() { bytes += line }
    return bytes
  }

  /// Reads JSON lines: a line that isn't an event is passed over.
  package init(lines bytes: [UInt8]) {
    events = bytes.split(separator: UInt8(ascii: "\n")).compactMap { Self.event(Array($0)) }
  }
}

extension TraceRecord {
  private static func line(_ event: TraceEvent) -> [UInt8] { Array((text(event) + "\n").utf8) }

  /// An event as one JSON object.
  package static func text(_ event: TraceEvent) -> String {
    var fields = ["\"kind\": \"\(event.kind.rawValue)\"", "\"seconds\": \(milliseconds(event.seconds))"]
    func add(_ name: String, _ text: String) { fields.append("\"\(name)\": \(StrictJSON.quoted(text))") }
    if let name = event.name { add("name", name.cut(to: mostName)) }
    if let id = event.id { add("id", id.cut(to: mostName)) }
    if !event.text.isEmpty { add("text", event.text.cut(to: mostText)) }
    if event.isFailure { fields.append("\"failed\": true") }
    if let tokens = event.tokens {
      fields.append("\"input\": \(tokens.input), \"cached\": \(tokens.cached), \"output\": \(tokens.output)")
    }
    return "{" + fields.joined(separator: ", ") + "}"
  }

  /// JSON has no infinities, and more digits than these mean nothing.
  private static func milliseconds(_ seconds: Double) -> Double {
    seconds.isFinite && seconds.magnitude < 1e12 ? (seconds * 1000).rounded() / 1000 : 0
  }

  private static func event(_ line: [UInt8]) -> TraceEvent? {
    guard case .object(let members)? = (try? StrictJSON.read(line, depth: 8))?.value else { return nil }
    func value(_ name: String) -> StrictJSON.Value? { members.first { $0.name == name }?.value.value }
    func text(_ name: String) -> String? { if case .string(let text)? = value(name) { text } else { nil } }
    func number(_ name: String) -> Double? { if case .number(let number)? = value(name) { number } else { nil } }
    func count(_ name: String) -> Int? { number(name).flatMap { Int(exactly: $0.rounded()) } }
    guard let kind = text("kind").flatMap({ TraceEvent.Kind(rawValue: $0) }) else { return nil }
    var event = TraceEvent(
      kind, seconds: number("seconds") ?? 0, text: text("text") ?? "", name: text("name"), id: text("id"))
    if case .bool(true)? = value("failed") { event.isFailure = true }
    if let input = count("input"), let output = count("output") {
      event.tokens = TokenCount(input: input, cached: count("cached") ?? 0, output: output)
    }
    return event
  }
}

extension String {
  /// The text where it has at most so many bytes; else three quarters of these from its beginning and a quarter from its end.
  func cut(to most: Int) -> String {
    let bytes = utf8.count
    guard bytes > most else { return self }
    var head = utf8.index(utf8.startIndex, offsetBy: most / 4 * 3)
    var tail = utf8.index(utf8.endIndex, offsetBy: -(most / 4))
    // A character's own bytes stay together.
    while head > utf8.startIndex, utf8[head] & 0xC0 == 0x80 { utf8.formIndex(before: &head) }
    while tail < utf8.endIndex, utf8[tail] & 0xC0 == 0x80 { utf8.formIndex(after: &tail) }
    let left = utf8.distance(from: head, to: tail)
    return String(self[..<head]) + "\n[\(left) bytes left out]\n" + String(self[tail...])
  }
}
