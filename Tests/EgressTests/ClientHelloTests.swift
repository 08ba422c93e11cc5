import Egress
import NIOCore
import NIOEmbedded
import TLS
import TestCertificate
import Testing

@testable import EgressNIO

@Suite("The first bytes of a tunnel") struct ClientHelloTests {
  /// A real client's hello.
  static func hello(_ name: String?) throws -> [UInt8] {
    let channel = EmbeddedChannel()
    defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
    try channel.pipeline.syncOperations.addHandler(
      TLSHandler(Certificate.client(), to: name.map { .name($0) } ?? .address("127.0.0.1")))
    channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    var bytes: [UInt8] = []
    while let piece = try channel.readOutbound(as: ByteBuffer.self) { bytes += piece.readableBytesView }
    return bytes
  }

  @Test("a hello's name is found, however it is cut")
  func name() throws {
    let bytes = try Self.hello("api.example.com")
    #expect(ClientHello.read(bytes) == .hello(serverName: "api.example.com", isEncrypted: false))
    for count in 0..<bytes.count {
      guard case .unfinished(let needed) = ClientHello.read(Array(bytes[..<count])) else {
        Issue.record("\(count) of \(bytes.count) bytes")
        continue
      }
      #expect(needed > count && needed <= bytes.count)
    }
    #expect(ClientHello.read(try Self.hello(nil)) == .hello(serverName: nil, isEncrypted: false))
  }

  @Test("a hello over many records is read, over very many it is none")
  func records() throws {
    let bytes = try Self.hello("api.example.com")
    func split(_ size: Int) -> [UInt8] {
      stride(from: 5, to: bytes.count, by: size).flatMap { at -> [UInt8] in
        let piece = bytes[at..<min(at + size, bytes.count)]
        return [22, 3, 1, UInt8(piece.count >> 8), UInt8(piece.count & 0xFF)] + piece
      }
    }
    #expect(ClientHello.read(split(bytes.count / 8)) == .hello(serverName: "api.example.com", isEncrypted: false))
    #expect(ClientHello.read(split(1)) == .notTLS)
  }

  @Test("an encrypted hello is seen as such")
  func encrypted() throws {
    var bytes = try Self.hello("api.example.com")
    // One more extension, of the kind 0xFE0D, at the end; the four lengths around it grow.
    let session = Int(bytes[43])
    let suites = 44 + session
    let methods = suites + 2 + (Int(bytes[suites]) << 8 | Int(bytes[suites + 1]))
    let extensions = methods + 1 + Int(bytes[methods])
    bytes += [0xFE, 0x0D, 0, 1, 0]
    for at in [3, 7, extensions] {
      let length = (Int(bytes[at]) << 8 | Int(bytes[at + 1])) + 5
      (bytes[at], bytes[at + 1]) = (UInt8(length >> 8), UInt8(length & 0xFF))
    }
    #expect(ClientHello.read(bytes) == .hello(serverName: "api.example.com", isEncrypted: true))
  }

  @Test("no bytes whatever are a crash")
  func anything() throws {
    let whole = try Self.hello("api.example.com")
    var random = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4) { bytes[.random(in: 0..<bytes.count)] = random.next() }
      _ = ClientHello.read(Array(bytes.prefix(.random(in: 0...bytes.count))))
    }
    #expect(ClientHello.read(Array("GET / HTTP/1.1\r\n".utf8)) == .notTLS)
    #expect(ClientHello.read(Array("SSH-2.0-x\r\n".utf8)) == .notTLS)
  }
}
