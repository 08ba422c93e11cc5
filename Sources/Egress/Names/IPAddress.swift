internal import Glibc

/// An address of IPv4 or IPv6.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
  /// 4 or 16 bytes, in the network's order.
  package let bytes: [UInt8]

  /// From 4 or 16 bytes; nil for any other number.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = Array(bytes)
  }

  /// From the usual text (inet_pton(3)); nil for anything else, also for inet_aton's short forms.
  package init?(_ text: String) {
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 {
      self.bytes = Array(bytes[0..<4])
    } else if inet_pton(AF_INET6, text, &bytes) == 1 {
      self.bytes = bytes
    } else {
      return nil
    }
  }

  package var isVersion4: Bool { bytes.count == 4 }

  package var description: String {
    var text = [CChar](repeating: 0, count: 64)
    _ = inet_ntop(isVersion4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether the address belongs to somebody on the public internet: none of the special-purpose blocks of IANA's registries
  /// (RFC 6890), so no loopback, no private or link-local network, no multicast, and none that carries an IPv4 address inside.
  package var isPublic: Bool {
    if isVersion4 { return !Self.special4.contains { $0.holds(self) } }
    // Of IPv6 only 2000::/3 is given out.
    return Self.unicast6.holds(self) && !Self.special6.contains { $0.holds(self) }
  }

  /// The first `length` bits of an address.
  private struct Block {
    let bytes: [UInt8]
    let length: Int

    init(_ bytes: [UInt8], _ length: Int) {
      self.bytes = bytes
      self.length = length
    }

    func holds(_ address: IPAddress) -> Bool {
      for index in bytes.indices {
        let bits = min(8, length - index * 8)
        guard bits > 0 else { break }
        if (bytes[index] ^ address.bytes[index]) >> (8 - UInt8(bits)) != 0 { return false }
      }
      return true
    }
  }

  private static let special4 = [
    Block([0], 8), Block([10], 8), Block([100, 64], 10), Block([127], 8), Block([169, 254], 16), Block([172, 16], 12),
    Block([192, 0, 0], 24), Block([192, 0, 2], 24), Block([192, 88, 99], 24), Block([192, 168], 16),
    Block([198, 18], 15), Block([198, 51, 100], 24), Block([203, 0, 113], 24),
    // Multicast, and what is reserved with the broadcast address.
    Block([224], 4), Block([240], 4),
  ]

  private static let unicast6 = Block([0x20], 3)

  private static let special6 = [
    // Teredo, ORCHID, benchmarking and the like; documentation twice; 6to4.
    Block([0x20, 0x01, 0x00], 23), Block([0x20, 0x01, 0x0D, 0xB8], 32), Block([0x3F, 0xFF, 0x00], 20),
    Block([0x20, 0x02], 16),
  ]
}
