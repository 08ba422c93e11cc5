/// A host's name as it is looked up: lower case, without a dot at its end (RFC 1123), and never an address.
package struct HostName: Sendable, Hashable, CustomStringConvertible {
  package let text: String

  /// Why a text is not such a name.
  package enum Fault: Error, Sendable, Hashable {
    /// An address in any of the forms that inet_aton(3) or a URL know: `10.0.0.1`, `[::1]`, `127.1`, `0x7f000001`.
    case address
    case malformed
  }

  package init(_ written: some StringProtocol) throws(Fault) {
    var bytes = Array(written.utf8)
    if bytes.contains(UInt8(ascii: ":")) || bytes.first == UInt8(ascii: "[") { throw .address }
    if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
    guard !bytes.isEmpty, bytes.count <= 253 else { throw .malformed }
    for index in bytes.indices where (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[index]) {
      bytes[index] += 32
    }
    let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    for label in labels {
      guard (1...63).contains(label.count), label.allSatisfy(Self.isOrdinary), label.first != UInt8(ascii: "-"),
        label.last != UInt8(ascii: "-")
      else { throw .malformed }
    }
    // A host that ends in a number is an address to inet_aton and to URL parsers, whatever stands before it.
    if let last = labels.last, Self.isNumber(last) { throw .address }
    text = String(decoding: bytes, as: UTF8.self)
  }

  package var description: String { text }

  private static func isOrdinary(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    if label.allSatisfy(digits.contains) { return true }
    guard label.starts(with: Array("0x".utf8)) else { return false }
    return label.dropFirst(2).allSatisfy { digits.contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
  }
}

/// Who may be connected to: `example.com`, `*.example.com` (any name below it, not itself), `example.com:8443`.
package struct HostPattern: Sendable, Hashable, CustomStringConvertible {
  private let name: HostName
  private let below: Bool
  /// Without one: 443 by CONNECT, 80 by plain HTTP.
  private let port: Int?

  /// - Throws: `EgressError` that says what a pattern looks like.
  package init(_ written: String) throws {
    let parts = written.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var host = parts.first ?? ""
    below = host.hasPrefix("*.")
    if below { host = host.dropFirst(2) }
    do {
      name = try HostName(host)
    } catch {
      let why = error == .address ? "addresses can't be allowed, only names" : "this is no host's name"
      throw EgressError("allow host", written, "\(why); write example.com, *.example.com or example.com:8443")
    }
    guard parts.count == 2 else {
      port = nil
      return
    }
    guard let number = Int(parts[1]), (1...65535).contains(number) else {
      throw EgressError("allow host", written, "the port must be a number from 1 to 65535")
    }
    port = number
  }

  package var description: String { (below ? "*." : "") + name.text + (port.map { ":\($0)" } ?? "") }

  /// - Parameter usual: The port that is meant where the pattern names none.
  package func allows(_ host: HostName, port asked: Int, usual: Int) -> Bool {
    guard asked == port ?? usual else { return false }
    return below ? host.text.hasSuffix("." + name.text) : host == name
  }
}
