import NIOCore
import NIOEmbedded
import NIOTLS
import TLS
import TestCertificate
import Testing

@Suite("TLS in a channel") struct TLSHandlerTests {
  @Test("both sides come to the same bytes, however they are cut", arguments: [1, 7, 1000, 100_000])
  func cut(size: Int) throws {
    let pair = try Pair()
    try pair.client.write("before the handshake has ended")
    try pair.exchange(size)
    #expect(pair.client.isShaken && pair.server.isShaken)
    #expect(pair.server.clear == Array("before the handshake has ended".utf8))
    let long = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try pair.server.write(long)
    try pair.exchange(size)
    #expect(pair.client.clear == long)
    #expect(pair.client.faults.isEmpty && pair.server.faults.isEmpty)
  }

  @Test("a protocol is agreed on where both name it, and it is no fault where the server names none")
  func protocols() throws {
    let pair = try Pair(client: TLSContext(authorities: .pem(Certificate.certificate), protocols: ["http/1.1"]))
    try pair.exchange()
    #expect(pair.client.isShaken && pair.client.faults.isEmpty)
  }

  @Test(
    "who isn't the one that was asked for is refused, and gets none of the bytes",
    arguments: [
      (TLSHandler.Peer.name("name.example.org"), "hostname mismatch"), (.address("127.0.0.2"), "IP address mismatch"),
    ])
  func stranger(peer: TLSHandler.Peer, why: String) throws {
    let pair = try Pair(to: peer)
    try pair.client.write("secret")
    try pair.exchange()
    #expect(!pair.client.isShaken && !pair.client.channel.isActive)
    #expect(pair.client.faults.first?.contains(why) == true, "\(pair.client.faults)")
    #expect(pair.server.clear.isEmpty)
  }

  @Test("what is no name or address is an error")
  func noPeer() {
    #expect(throws: TLSError.self) { try Pair(to: .name("")) }
    #expect(throws: TLSError.self) { try Pair(to: .address("localhost")) }
  }

  @Test("an address is one of the certificate's, too")
  func address() throws {
    let pair = try Pair(to: .address("127.0.0.1"))
    try pair.exchange()
    #expect(pair.client.isShaken)
  }

  @Test("a certificate that nobody trusted has signed is refused, also with the machine's own authorities")
  func unknownAuthority() throws {
    let pair = try Pair(client: TLSContext())
    try pair.exchange()
    #expect(!pair.client.isShaken)
    #expect(pair.client.faults.first?.contains("certificate is not believed") == true, "\(pair.client.faults)")
  }

  @Test("an end without a word is a fault, one that is said is none")
  func cutOff() throws {
    for isSaid in [false, true] {
      let pair = try Pair()
      try pair.exchange()
      try pair.server.write("half of")
      try pair.exchange()
      if isSaid { pair.server.channel.close(promise: nil) }
      try pair.exchange()
      if pair.client.channel.isActive { pair.client.channel.pipeline.fireChannelInactive() }
      #expect(pair.client.clear == Array("half of".utf8))
      #expect(pair.client.faults.count == (isSaid ? 0 : 1), "\(pair.client.faults)")
    }
  }

  @Test("a close waits for the peer's answer, but not for ever")
  func patience() throws {
    let pair = try Pair()
    try pair.exchange()
    let answered = pair.client.channel.eventLoop.makePromise(of: Void.self)
    pair.client.channel.close(promise: answered)
    #expect(pair.client.channel.isActive)
    pair.client.loop.advanceTime(by: .seconds(4))
    #expect(pair.client.channel.isActive)
    pair.client.loop.advanceTime(by: .seconds(2))
    #expect(!pair.client.channel.isActive)
    try answered.futureResult.wait()
    let other = try Pair()
    try other.exchange()
    other.client.channel.close(promise: nil)
    try other.exchange()
    #expect(!other.client.channel.isActive && !other.server.channel.isActive)
    #expect(other.client.faults.isEmpty && other.server.faults.isEmpty)
  }

  @Test("no bytes whatever are more than a fault")
  func anything() throws {
    var random = SystemRandomNumberGenerator()
    for round in 0..<300 {
      let pair = try Pair()
      if round % 3 > 0 { try pair.exchange() }
      if round % 3 == 1 { try pair.server.write("something") }
      var bytes = pair.server.outbound()
      if bytes.isEmpty { bytes = (0..<Int.random(in: 1...300)).map { _ in random.next() } }
      for _ in 0..<Int.random(in: 1...4) { bytes[.random(in: 0..<bytes.count)] = random.next() }
      try pair.client.receive(bytes)
      try pair.exchange()
      #expect(pair.client.clear.isEmpty || pair.client.clear == Array("something".utf8))
    }
  }

  @Test("what is no certificate or key is an error, and so is a file that isn't there")
  func badTexts() {
    #expect(throws: TLSError.self) { try TLSContext(authorities: .pem("")) }
    #expect(throws: TLSError.self) { try TLSContext(authorities: .file("/none.pem")) }
    #expect(throws: TLSError.self) { try TLSContext(certificate: Certificate.certificate, key: "") }
    #expect(throws: TLSError.self) { try TLSContext(certificate: "", key: Certificate.key) }
  }
}

/// A client and a server, each in a channel of its own, whose bytes are carried by hand.
private final class Pair {
  let client: Side
  let server: Side

  init(
    client context: TLSContext? = nil, to peer: TLSHandler.Peer = .name("api.example.com")
  ) throws {
    let trusted = try context ?? TLSContext(authorities: .pem(Certificate.certificate))
    server = try Side(TLSHandler(server: TLSContext(certificate: Certificate.certificate, key: Certificate.key)))
    client = try Side(TLSHandler(trusted, to: peer))
  }

  /// Carries bytes both ways until nobody says anything more.
  func exchange(_ size: Int = .max) throws {
    while true {
      let (asked, answered) = (client.outbound(), server.outbound())
      if asked.isEmpty && answered.isEmpty { return }
      try server.receive(asked, size)
      try client.receive(answered, size)
    }
  }
}

private final class Side {
  let channel: EmbeddedChannel
  private let watch = Watch()

  var loop: EmbeddedEventLoop { channel.embeddedEventLoop }
  var isShaken: Bool { watch.isShaken }
  var clear: [UInt8] { watch.clear }
  var faults: [String] { watch.faults }

  init(_ handler: TLSHandler) throws {
    channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandlers([handler, watch])
    channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
  }

  deinit {
    channel.close(promise: nil)
    // Past what a close waits for a peer that is gone.
    loop.advanceTime(by: .seconds(10))
    _ = try? channel.finish(acceptAlreadyClosed: true)
  }

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) throws {
    channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    loop.run()
  }

  func outbound() -> [UInt8] {
    var bytes: [UInt8] = []
    loop.run()
    while let piece = try? channel.readOutbound(as: ByteBuffer.self) { bytes += piece.readableBytesView }
    return bytes
  }

  func receive(_ bytes: [UInt8], _ size: Int = .max) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      channel.pipeline.fireChannelRead(ByteBuffer(bytes: rest.prefix(size)))
      channel.pipeline.fireChannelReadComplete()
      rest = rest.dropFirst(size)
      loop.run()
    }
  }
}

private final class Watch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private(set) var isShaken = false
  private(set) var clear: [UInt8] = []
  private(set) var faults: [String] = []

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { clear += unwrapInboundIn(data).readableBytesView }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted = event { isShaken = true }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { faults.append("\(error)") }
}
