internal import Egress

/// The beginning of a TLS connection, read far enough to know whom it is for (RFC 8446, RFC 6066).
enum ClientHello: Equatable {
  /// Nothing can be said before there are this many bytes.
  case unfinished(needed: Int)
  /// These are not the first bytes of TLS.
  case notTLS
  /// The name that the server is called by; nil where none is given. An encrypted second hello may name another one.
  case hello(serverName: String?, isEncrypted: Bool)

  /// What a hello may have at most, in bytes and in records.
  static let most = 64 << 10
  private static let mostRecords = 16

  static func read(_ bytes: [UInt8]) -> ClientHello {
    // The handshake's bytes, out of records of type 22.
    var handshake: [UInt8] = []
    var at = 0
    for _ in 0..<mostRecords {
      if at < bytes.count, bytes[at] != 22 { return .notTLS }
      guard at + 5 <= bytes.count else { return .unfinished(needed: at + 5) }
      let length = Int(bytes[at + 3]) << 8 | Int(bytes[at + 4])
      guard bytes[at + 1] == 3, (1...(1 << 14)).contains(length) else { return .notTLS }
      guard at + 5 + length <= bytes.count else { return .unfinished(needed: at + 5 + length) }
      handshake.append(contentsOf: bytes[(at + 5)..<(at + 5 + length)])
      at += 5 + length
      guard handshake.count >= 4 else { continue }
      let size = Int(handshake[1]) << 16 | Int(handshake[2]) << 8 | Int(handshake[3])
      guard handshake[0] == 1, size <= most else { return .notTLS }
      if handshake.count >= 4 + size { return body(Array(handshake[4..<(4 + size)])) }
    }
    return .notTLS
  }

  private static func body(_ bytes: [UInt8]) -> ClientHello {
    var reader = Fields(bytes: bytes)
    // Version and random, session id, cipher suites, compression methods.
    guard reader.skip(34), reader.field(1) != nil, reader.field(2) != nil, reader.field(1) != nil else {
      return .notTLS
    }
    guard !reader.isEmpty else { return .hello(serverName: nil, isEncrypted: false) }
    guard let extensions = reader.field(2), reader.isEmpty else { return .notTLS }
    var list = Fields(bytes: extensions)
    var name: String?
    var seen: Set<Int> = []
    while !list.isEmpty {
      guard let kind = list.number(2), let content = list.field(2), seen.insert(kind).inserted else { return .notTLS }
      guard kind == 0 else { continue }
      var field = Fields(bytes: content)
      guard let names = field.field(2), field.isEmpty else { return .notTLS }
      var entry = Fields(bytes: names)
      // One name of the one kind that there is.
      guard entry.number(1) == 0, let text = entry.field(2), entry.isEmpty else { return .notTLS }
      name = String(decoding: text, as: UTF8.self)
    }
    // encrypted_client_hello (RFC 9849)
    return .hello(serverName: name, isEncrypted: seen.contains(0xFE0D))
  }

  /// Fields with their lengths before them.
  private struct Fields {
    let bytes: [UInt8]
    var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isEmpty: Bool { at == bytes.count }

    mutating func skip(_ count: Int) -> Bool {
      guard at + count <= bytes.count else { return false }
      at += count
      return true
    }

    mutating func number(_ size: Int) -> Int? {
      guard at + size <= bytes.count else { return nil }
      defer { at += size }
      return bytes[at..<(at + size)].reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func field(_ size: Int) -> [UInt8]? {
      guard let length = number(size), at + length <= bytes.count else { return nil }
      defer { at += length }
      return Array(bytes[at..<(at + length)])
    }
  }
}
