/// Where a number stands in what a program printed or wrote of itself.
///
/// The text is the candidate's and hostile: it is read in one pass, without regular expressions, whose time it could choose. A number is
/// written as JSON writes it, is finite, and stands where it is looked for exactly once; everything else is no number.
package enum MetricReader: Sendable, Hashable {
  /// The last line that isn't empty is one number and nothing else.
  case lastLine
  /// A member of one JSON object: of stdout the last line that isn't empty, of a file all of it.
  case member(String)
  /// The number between two texts on one line. The first that isn't empty stands exactly once in all of the output, and not within a
  /// word; without a second one the number ends at a space or with the line.
  case between(String, String)

  /// What a `pattern` writes for the number.
  package static let placeholder = "{number}"
  /// The most bytes that are read.
  package static let sizeLimit = 16 << 20
  /// The most members of an object that are recorded beside the number.
  private static let mostMetrics = 100

  /// Reads `TEXT{number}TEXT`; nil where that isn't its form.
  package init?(pattern: String) {
    guard let place = pattern.range(ofFirst: Self.placeholder) else { return nil }
    let (before, after) = (String(pattern[..<place.lowerBound]), String(pattern[place.upperBound...]))
    guard !(before.isEmpty && after.isEmpty), after.range(ofFirst: Self.placeholder) == nil,
      !pattern.utf8.contains(Self.newline)
    else { return nil }
    self = .between(before, after)
  }

  /// Where the number stands, in words.
  package var words: String {
    switch self {
    case .lastLine: "the last line"
    case .member(let name): "'\(name)' in the JSON object"
    case .between(let before, let after): "'\(before)\(Self.placeholder)\(after)', once,"
    }
  }

  /// Reads the number.
  ///
  /// - Parameter isFile: whether the bytes are a whole file, rather than what was printed.
  /// - Returns: the number, and with `member` the other numbers of the object by their names.
  /// - Throws: `MetricError`, which says what was found instead.
  package func read(_ bytes: [UInt8], isFile: Bool) throws(MetricError) -> (value: Double, metrics: [String: Double]) {
    switch self {
    case .lastLine: return (try Self.number(try Self.lastLine(bytes)), [:])
    case .member(let name): return try Self.member(name, of: isFile ? bytes[...] : Self.lastLine(bytes))
    case .between(let before, let after):
      return (try Self.number(try Self.token(in: bytes, Array(before.utf8), Array(after.utf8))), [:])
    }
  }

  private static func number(_ token: ArraySlice<UInt8>) throws(MetricError) -> Double {
    let json: StrictJSON
    do { json = try StrictJSON.read(Array(token)) } catch {
      throw MetricError("'\(shown(token))' is no number: \(error.detail)")
    }
    guard case .number(let value) = json.value else { throw MetricError("'\(shown(token))' is no number") }
    return value
  }

  private static func member(
    _ name: String, of text: ArraySlice<UInt8>
  ) throws(MetricError) -> (value: Double, metrics: [String: Double]) {
    let json: StrictJSON
    do { json = try StrictJSON.read(Array(text)) } catch {
      throw MetricError("'\(shown(text))' is no JSON object: \(error.detail)")
    }
    guard case .object(let members) = json.value else {
      throw MetricError("expected a JSON object with '\(name)', found \(json.kind)")
    }
    var value: Double?
    var metrics: [String: Double] = [:]
    for member in members {
      guard case .number(let number) = member.value.value else {
        if member.name == name { throw MetricError("'\(name)' is no number but \(member.value.kind)") }
        continue
      }
      if member.name == name { value = number } else if metrics.count < mostMetrics { metrics[member.name] = number }
    }
    guard let value else { throw MetricError("the JSON object has no '\(name)'") }
    return (value, metrics)
  }

  /// The last line that isn't empty, without the space around it.
  private static func lastLine(_ bytes: [UInt8]) throws(MetricError) -> ArraySlice<UInt8> {
    guard let last = bytes.lastIndex(where: { !isSpace($0) && $0 != newline }) else {
      throw MetricError("there is nothing but empty lines")
    }
    let start = bytes[..<last].lastIndex(of: newline).map { $0 + 1 } ?? 0
    return bytes[start...last].drop(while: isSpace)
  }

  private static func token(
    in bytes: [UInt8], _ before: [UInt8], _ after: [UInt8]
  ) throws(MetricError) -> ArraySlice<UInt8> {
    let mark = before.isEmpty ? after : before
    let text = "'\(String(decoding: mark, as: UTF8.self))'"
    let places = occurrences(of: mark, isBefore: !before.isEmpty, in: bytes, most: 2)
    guard let place = places.first else { throw MetricError("\(text) is nowhere in the output") }
    guard places.count == 1 else { throw MetricError("\(text) stands in the output more than once") }
    guard !before.isEmpty else {
      let line = bytes[..<place]
      let end = line.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
      let start = line[..<end].lastIndex { isSpace($0) || $0 == newline }.map { $0 + 1 } ?? 0
      guard start < end, !line[end...].contains(newline) else { throw MetricError("nothing stands before \(text)") }
      return line[start..<end]
    }
    let rest = bytes[(place + before.count)...].prefix { $0 != newline }.drop(while: isSpace)
    guard after.isEmpty else {
      guard let end = rest.indices.first(where: { rest[$0...].starts(with: after) }) else {
        throw MetricError("the line with \(text) goes on without '\(String(decoding: after, as: UTF8.self))'")
      }
      let token = rest[..<end]
      return token[..<(token.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? token.startIndex)]
    }
    return rest.prefix { !isSpace($0) }
  }

  /// Where a text stands, unless its side that is away from the number continues a word.
  private static func occurrences(of mark: [UInt8], isBefore: Bool, in bytes: [UInt8], most: Int) -> [Int] {
    var places: [Int] = []
    guard let first = mark.first, let last = mark.last, bytes.count >= mark.count else { return places }
    for start in 0...(bytes.count - mark.count) where bytes[start] == first && bytes[start...].starts(with: mark) {
      let end = start + mark.count
      let continues =
        isBefore
        ? isWord(first) && start > 0 && isWord(bytes[start - 1])
        : isWord(last) && end < bytes.count && isWord(bytes[end])
      if continues { continue }
      places.append(start)
      if places.count == most { break }
    }
    return places
  }

  private static let newline = UInt8(ascii: "\n")
  /// A carriage return too: some lines end with one.
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }

  private static func shown(_ token: ArraySlice<UInt8>) -> String {
    String(decoding: token.prefix(60), as: UTF8.self) + (token.count > 60 ? "..." : "")
  }
}

/// Why there is no number.
package struct MetricError: Error, Sendable, Hashable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
