internal import Egress

/// DNS messages (RFC 1035): the question for a name's addresses, and the reading of an answer, which may be anybody's.
enum DNSMessage {
  enum Kind: UInt16 {
    case a = 1
    case aaaa = 28
  }

  /// What an answer says.
  enum Reply: Equatable {
    /// Empty where the name has none of the kind that was asked for.
    case addresses([IPAddress])
    case noSuchName
    /// Too long for a datagram: to be asked for again over TCP.
    case truncated
    /// The server can't say (SERVFAIL, REFUSED and so on).
    case refused(Int)
    /// Not an answer to this question.
    case other
  }

  static func question(id: UInt16, name: HostName, kind: Kind) -> [UInt8] {
    // Recursion desired, one question.
    var bytes: [UInt8] = [UInt8(id >> 8), UInt8(id & 0xFF), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    for label in name.text.utf8.split(separator: UInt8(ascii: ".")) {
      bytes.append(UInt8(label.count))
      bytes.append(contentsOf: label)
    }
    bytes.append(contentsOf: [0, 0, UInt8(kind.rawValue), 0, 1])
    return bytes
  }

  static func reply(_ bytes: [UInt8], to id: UInt16, name: HostName, kind: Kind) -> Reply {
    var reader = Reader(bytes: bytes)
    guard let head = reader.numbers(6), head[0] == id, head[1] & 0x8000 != 0, head[1] & 0x7800 == 0, head[2] == 1,
      let asked = reader.name(), asked == name.text, let question = reader.numbers(2), question[0] == kind.rawValue,
      question[1] == 1
    else { return .other }
    if head[1] & 0x0200 != 0 { return .truncated }
    switch head[1] & 0xF {
    case 0: break
    case 3: return .noSuchName
    case let code: return .refused(Int(code))
    }
    var addresses: [String: [IPAddress]] = [:]
    var aliases: [String: String] = [:]
    for _ in 0..<min(head[3], 128) {
      guard let owner = reader.name(), let fixed = reader.numbers(5) else { return .refused(1) }
      let length = Int(fixed[4])
      let end = reader.position + length
      guard end <= bytes.count else { return .refused(1) }
      if fixed[1] == 1, fixed[0] == kind.rawValue, let address = IPAddress(bytes: bytes[reader.position..<end]),
        address.isVersion4 == (kind == .a)
      {
        addresses[owner, default: []].append(address)
      } else if fixed[1] == 1, fixed[0] == 5 {
        guard let target = reader.name() else { return .refused(1) }
        aliases[owner] = target
      }
      reader.position = end
    }
    // Only what hangs together with the question counts.
    var owner = name.text
    for _ in 0..<16 {
      if let found = addresses[owner] { return .addresses(Array(found.prefix(16))) }
      guard let next = aliases[owner] else { break }
      owner = next
    }
    return .addresses([])
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    /// Numbers of 16 bits.
    mutating func numbers(_ count: Int) -> [UInt16]? {
      guard position + count * 2 <= bytes.count else { return nil }
      defer { position += count * 2 }
      return (0..<count).map { UInt16(bytes[position + $0 * 2]) << 8 | UInt16(bytes[position + $0 * 2 + 1]) }
    }

    /// A name in lower case. A pointer must lead backwards, so that none can go round.
    mutating func name() -> String? {
      var text: [UInt8] = []
      var at = position
      var least = position
      var jumped = false
      while at < bytes.count {
        let length = Int(bytes[at])
        if length == 0 {
          if !jumped { position = at + 1 }
          return String(decoding: text, as: UTF8.self)
        }
        if length & 0xC0 == 0xC0 {
          guard at + 1 < bytes.count else { return nil }
          let target = (length & 0x3F) << 8 | Int(bytes[at + 1])
          guard target < least else { return nil }
          if !jumped { position = at + 2 }
          (at, least, jumped) = (target, target, true)
          continue
        }
        guard length < 64, at + 1 + length <= bytes.count, text.count + length < 255 else { return nil }
        if !text.isEmpty { text.append(UInt8(ascii: ".")) }
        text.append(
          contentsOf: bytes[(at + 1)...(at + length)].map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 })
        at += 1 + length
      }
      return nil
    }
  }
}
