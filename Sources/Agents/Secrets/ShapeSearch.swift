/// Finds what looks like a key, in one pass.
///
/// Each place is looked at for a bounded time; only what is a finding is followed to its end, and the search goes on behind it.
struct ShapeSearch {
  private let bytes: [UInt8]
  /// The end of the base64url run that was followed last: many tokens could begin in one.
  private var runEnd = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// What was found, in order.
  mutating func run() -> [Finding] {
    var found: [Finding] = []
    var index = 0
    while index < bytes.count {
      if let finding = finding(at: index), finding.end > index {
        found.append(finding)
        index = finding.end
      } else {
        index += 1
      }
    }
    return found
  }

  private mutating func finding(at index: Int) -> Finding? {
    if let key = key(at: index) { return key }
    switch bytes[index] {
    case UInt8(ascii: "e"): return webToken(at: index)
    case UInt8(ascii: "-"): return privateKey(at: index)
    case UInt8(ascii: ":"): return password(at: index)
    case UInt8(ascii: "="): return variable(at: index)
    case UInt8(ascii: "a"), UInt8(ascii: "A"), UInt8(ascii: "b"), UInt8(ascii: "B"): return header(at: index)
    default: return nil
    }
  }

  /// A key of a known shape.
  private func key(at index: Int) -> Finding? {
    for shape in KeyShape.byFirstByte[Int(bytes[index])] where has(shape.prefix, at: index) {
      let start = index + shape.prefix.count
      if shape.isCommon, !(beginsWord(index) && contains(.digit, from: start, among: shape.rest)) { continue }
      if let end = run(of: shape.rest, from: start, least: shape.least) {
        return Finding(start: index, end: end, label: shape.label)
      }
    }
    return nil
  }

  /// A JSON Web Token (RFC 7519): the base64url of a JSON object, a dot, and that of another.
  private mutating func webToken(at index: Int) -> Finding? {
    guard has("eyJ", at: index) else { return nil }
    if index >= runEnd { runEnd = end(of: .word, from: index) }
    guard runEnd - index >= 10, has(".eyJ", at: runEnd) else { return nil }
    return Finding(start: index, end: end(of: .dotted, from: runEnd), label: "JWT")
  }

  /// A private key as PEM (RFC 7468), also one whose end is cut off or whose line ends are escaped.
  private func privateKey(at index: Int) -> Finding? {
    guard has("-----BEGIN ", at: index) else { return nil }
    let head = bytes[index..<min(bytes.count, index + 80)]
    guard let label = Self.place(of: Array("PRIVATE KEY".utf8), in: head) else { return nil }
    let body = label + 11
    var end = body
    while end < bytes.count, ByteClass.alphanumeric.holds(bytes[end]) || Self.besideBase64.contains(bytes[end]) {
      if has("-----END ", at: end) {
        // The rest of this line: `-----END RSA PRIVATE KEY-----`.
        let tail = bytes[(end + 9)..<min(bytes.count, end + 80)]
        end = Self.place(of: Array("-----".utf8), in: tail).map { $0 + 5 } ?? tail.endIndex
        break
      }
      end += 1
    }
    return end - body >= 40 ? Finding(start: index, end: end, label: "private key") : nil
  }

  /// The password of a URL: `scheme://user:password@host`.
  private func password(at index: Int) -> Finding? {
    guard has("://", at: index) else { return nil }
    var colon: Int?
    var end = index + 3
    while end < bytes.count, !Self.stopsOfHost.contains(bytes[end]) {
      if bytes[end] == UInt8(ascii: ":"), colon == nil { colon = end }
      end += 1
    }
    guard let colon, end < bytes.count, bytes[end] == UInt8(ascii: "@"), end - colon > 4, isLiteral(at: colon + 1)
    else { return nil }
    return Finding(start: colon + 1, end: end, label: "URL password")
  }

  /// What a listing of the environment says of a variable whose name says that it is secret: `X_API_KEY=value`.
  private func variable(at index: Int) -> Finding? {
    guard let name = Self.secretNames.first(where: { has($0, at: index - $0.utf8CodeUnitCount) }) else { return nil }
    var start = index + 1
    while start < bytes.count, start < index + 4, Self.quotes.contains(bytes[start]) { start += 1 }
    guard isLiteral(at: start), let end = run(of: .token, from: start, least: 8) else { return nil }
    return Finding(start: start, end: end, label: "\(name) value")
  }

  /// What follows `Authorization`, `x-api-key` and their like, and `Bearer` by itself.
  private func header(at index: Int) -> Finding? {
    if starts(index, "bearer ") {
      return run(of: .token, from: index + 7, least: 16).map {
        Finding(start: index + 7, end: $0, label: "bearer token")
      }
    }
    let isAuthorization = starts(index, "authorization")
    guard isAuthorization || starts(index, "api-key") || starts(index, "api_key") || starts(index, "apikey") else {
      return nil
    }
    var start = index + (isAuthorization ? 13 : starts(index, "apikey") ? 6 : 7)
    // A quote behind the name, a colon or an equals sign, a quote before the value.
    var isAssigned = false
    let filler = Self.quotes + Array(" :=".utf8)
    let most = start + 10
    while start < bytes.count, start < most, filler.contains(bytes[start]) {
      isAssigned = isAssigned || bytes[start] == UInt8(ascii: ":") || bytes[start] == UInt8(ascii: "=")
      start += 1
    }
    guard isAssigned else { return nil }
    let scheme = Self.schemes.first { starts(start, $0) }
    if let scheme { start += scheme.utf8CodeUnitCount }
    guard scheme != nil || contains(.digit, from: start, among: .token),
      let end = run(of: .token, from: start, least: scheme == nil ? 16 : 8)
    else { return nil }
    return Finding(start: start, end: end, label: key(at: start)?.label ?? "credential")
  }
}

extension ShapeSearch {
  private static let quotes = Array("\"'\\".utf8)
  /// What may stand in and between the lines of a private key, however they are quoted.
  private static let besideBase64 = Array(" \n\r\t\\\"'+/=:,->|*".utf8)
  private static let stopsOfHost = Array("/ \n\r\t\"'`<>\\?#@".utf8)
  private static let secretNames: [StaticString] = [
    "API_KEY", "ACCESS_KEY", "PRIVATE_KEY", "SECRET_KEY", "SECRET", "TOKEN", "PASSWORD",
  ]
  private static let schemes: [StaticString] = ["bearer ", "basic ", "token "]
  /// How far is looked before it is certain that there is a finding.
  private static let window = 64

  private func has(_ prefix: [UInt8], at index: Int) -> Bool {
    guard index + prefix.count <= bytes.count else { return false }
    for offset in 0..<prefix.count where bytes[index + offset] != prefix[offset] { return false }
    return true
  }

  private func has(_ text: StaticString, at index: Int) -> Bool {
    guard index >= 0, index + text.utf8CodeUnitCount <= bytes.count else { return false }
    for offset in 0..<text.utf8CodeUnitCount where bytes[index + offset] != text.utf8Start[offset] { return false }
    return true
  }

  /// Whether a text is there in letters of either case; it is given in small ones.
  private func starts(_ index: Int, _ text: StaticString) -> Bool {
    guard index + text.utf8CodeUnitCount <= bytes.count else { return false }
    for offset in 0..<text.utf8CodeUnitCount {
      let byte = bytes[index + offset]
      let small = ByteClass.upper.holds(byte) ? byte | 0x20 : byte
      if small != text.utf8Start[offset] { return false }
    }
    return true
  }

  /// The end of what goes on with these bytes.
  private func end(of kinds: ByteClass, from start: Int) -> Int {
    var end = start
    while end < bytes.count, kinds.holds(bytes[end]) { end += 1 }
    return end
  }

  /// The same, where there are at least so many: which is known before the rest is followed.
  private func run(of kinds: ByteClass, from start: Int, least: Int) -> Int? {
    guard start + least <= bytes.count else { return nil }
    for index in start..<start + least where !kinds.holds(bytes[index]) { return nil }
    return end(of: kinds, from: start + least)
  }

  private func contains(_ kind: ByteClass, from start: Int, among kinds: ByteClass) -> Bool {
    guard start < bytes.count else { return false }
    return bytes[start..<min(bytes.count, start + Self.window)].prefix { kinds.holds($0) }.contains { kind.holds($0) }
  }

  /// Whether a word begins here: behind no letter and no digit, but for the letter of an escape such as `\n`.
  private func beginsWord(_ index: Int) -> Bool {
    guard index > 0, ByteClass.word.holds(bytes[index - 1]) else { return true }
    return index > 1 && bytes[index - 2] == UInt8(ascii: "\\") && ByteClass.lower.holds(bytes[index - 1])
  }

  /// Whether a value is there, and not the name of one: `$KEY`, `<your key>`, `[struck: …]`.
  private func isLiteral(at index: Int) -> Bool {
    index < bytes.count && !Array("$<{[(%*".utf8).contains(bytes[index])
  }

  private static func place(of text: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= text.count else { return nil }
    return (bytes.startIndex...(bytes.endIndex - text.count)).first { bytes[$0...].starts(with: text) }
  }
}
