internal import CSodium

/// A BLAKE2b-256 digest (RFC 7693), the name of everything that Belljar stores by content.
///
/// `b2sum -l 256 FILE` prints the same digits, so that a record can be checked without Belljar.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The 32 bytes.
  package let bytes: [UInt8]

  /// A digest from its 32 bytes; nil where there are more or fewer.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// A digest from 64 lower-case hexadecimal digits; nil for any other text.
  package init?(hex: some StringProtocol) {
    let digits = Array(hex.utf8)
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    self.bytes = bytes
  }

  /// The digest of some bytes.
  package init(of content: some Sequence<UInt8>) {
    var hasher = Hasher256()
    let copy = Array(content)
    copy.withUnsafeBytes { hasher.update($0) }
    self = hasher.finish()
  }

  fileprivate init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  /// 64 lower-case hexadecimal digits.
  package var description: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  package static func < (left: Digest, right: Digest) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
  }
}

/// A BLAKE2b-256 hash taken piece by piece; with a key it is a message authentication code.
package struct Hasher256: ~Copyable {
  /// libsodium's state wants 64-byte alignment, which an inline Swift value can't promise.
  private let state: UnsafeMutableRawPointer

  /// Begins a hash. `key` is at most 64 bytes; an empty one means an unkeyed hash.
  package init(key: [UInt8] = []) {
    precondition(key.count <= 64)
    state = .allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
    _ = crypto_generichash_init(OpaquePointer(state), key, key.count, 32)
  }

  deinit { state.deallocate() }

  /// Adds bytes.
  package mutating func update(_ piece: UnsafeRawBufferPointer) {
    guard let base = piece.baseAddress else { return }
    _ = crypto_generichash_update(
      OpaquePointer(state), base.assumingMemoryBound(to: UInt8.self), UInt64(piece.count))
  }

  /// Adds a text's UTF-8 bytes.
  package mutating func update(_ text: String) {
    Array(text.utf8).withUnsafeBytes { update($0) }
  }

  /// Ends the hash.
  package consuming func finish() -> Digest {
    var out = [UInt8](repeating: 0, count: 32)
    _ = crypto_generichash_final(OpaquePointer(state), &out, 32)
    return Digest(unchecked: out)
  }
}
