import Egress
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import EgressNIO

@Suite("Resolving names", .serialized, .timeLimit(.minutes(5))) struct ResolverTests {
  /// A name server of one's own: UDP, and TCP for who asks again.
  private final class NameServer: Sendable {
    let channel: any Channel
    let stream: StandIn?
    let port: Int

    /// - Parameter answer: To a question; nil is silence. `isStream` says whether it came over TCP.
    init(_ answer: @escaping @Sendable (_ question: [UInt8], _ isStream: Bool) -> [UInt8]?, streams: Bool = false)
      async throws
    {
      stream =
        streams
        ? try await StandIn { connection in
          let length = try await connection.take(2)
          let question = try await connection.take(Int(length[0]) << 8 | Int(length[1]))
          guard let reply = answer(question, true) else { return }
          for byte in [UInt8(reply.count >> 8), UInt8(reply.count & 0xFF)] + reply {
            try await connection.write([byte])
          }
        } : nil
      channel = try await DatagramBootstrap(group: Connection.group)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Answering(answer)) }
        }
        .bind(host: "127.0.0.1", port: stream?.port ?? 0).get()
      port = channel.localAddress?.port ?? 0
    }

    deinit { channel.close(promise: nil) }
  }

  private final class Answering: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>
    private let answer: @Sendable ([UInt8], Bool) -> [UInt8]?
    init(_ answer: @escaping @Sendable ([UInt8], Bool) -> [UInt8]?) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let envelope = unwrapInboundIn(data)
      guard let reply = answer(Array(envelope.data.readableBytesView), false) else { return }
      // A forgery first: right in all but its id.
      var forged = reply
      forged[0] ^= 0x55
      for bytes in [forged, reply] {
        context.writeAndFlush(
          wrapOutboundOut(AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: bytes))),
          promise: nil)
      }
    }
  }

  /// An answer with records after the question. A name of [] is the question's own.
  private static func reply(
    _ question: [UInt8], code: UInt8 = 0, truncated: Bool = false,
    _ records: [(name: [UInt8], kind: UInt8, data: [UInt8])]
  ) -> [UInt8] {
    var bytes = question
    bytes[2] = truncated ? 0x83 : 0x81
    bytes[3] = 0x80 | code
    bytes[7] = UInt8(records.count)
    for record in records {
      bytes += record.name.isEmpty ? [0xC0, 12] : record.name
      bytes += [0, record.kind, 0, 1, 0, 0, 0, 60, 0, UInt8(record.data.count)] + record.data
    }
    return bytes
  }

  private static func kind(_ question: [UInt8]) -> UInt8 { question[question.count - 3] }

  private static let other: [UInt8] = [5] + Array("other".utf8) + [3] + Array("org".utf8) + [0]

  private func resolver(_ server: NameServer, hosts: String = "") throws -> (SystemResolver, Folder) {
    let folder = try Folder()
    let resolver = SystemResolver(
      hosts: try folder.write("hosts", hosts),
      settings: try folder.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:3 attempts:1\n"),
      limit: .seconds(3), port: server.port)
    return (resolver, folder)
  }

  @Test("both kinds of address are asked for, aliases are followed, strangers' records are not")
  func answers() async throws {
    let server = try await NameServer { question, _ in
      Self.reply(
        question,
        Self.kind(question) == 1
          ? [([], 5, Self.other), (Self.other, 1, [93, 184, 215, 14]), ([1, 120, 0], 1, [6, 6, 6, 6])]
          : [([], 28, [0x26, 0x06] + [UInt8](repeating: 0, count: 13) + [1])])
    }
    let (resolver, _) = try resolver(server)
    let found = try resolver.addresses(of: HostName("api.example.com"))
    #expect(found.map(\.description) == ["93.184.215.14", "2606::1"])
  }

  @Test("an answer that is too long comes over TCP")
  func stream() async throws {
    let server = try await NameServer(
      { question, isStream in
        Self.reply(
          question, truncated: !isStream, isStream && Self.kind(question) == 1 ? [([], 1, [93, 184, 215, 14])] : [])
      }, streams: true)
    let (resolver, _) = try resolver(server)
    #expect(try resolver.addresses(of: HostName("api.example.com")).map(\.description) == ["93.184.215.14"])
  }

  @Test(
    "no such name, no address, no sense and no answer are told apart",
    arguments: [
      ("missing", "no such name"), ("empty", "no address"), ("refused", "code 5"), ("silent", "silent"),
    ])
  func failures(how: String, text: String) async throws {
    let server = try await NameServer { question, _ in
      switch how {
      case "missing": Self.reply(question, code: 3, [])
      case "empty": Self.reply(question, [])
      case "refused": Self.reply(question, code: 5, [])
      case "nonsense": [UInt8](repeating: 0xC0, count: 40)
      default: nil
      }
    }
    let (resolver, _) = try resolver(server)
    let error = #expect(throws: ResolutionError.self) { try resolver.addresses(of: HostName("api.example.com")) }
    #expect(error?.description.contains(text) == true, "\(String(describing: error))")
  }

  @Test("/etc/hosts stands first, localhost is never asked for, and without the files nothing crashes")
  func files() async throws {
    let server = try await NameServer { _, _ in
      Issue.record("a server was asked")
      return nil
    }
    let (resolver, folder) = try resolver(
      server, hosts: "# names\n10.0.0.7 One.example.com one\n::2 one # x\nbad one\n")
    #expect(try resolver.addresses(of: HostName("one")).map(\.description) == ["10.0.0.7", "::2"])
    #expect(try resolver.addresses(of: HostName("ONE.example.com")).count == 1)
    #expect(try resolver.addresses(of: HostName("localhost")).map(\.description) == ["127.0.0.1", "::1"])
    let bare = SystemResolver(
      hosts: folder.path + "/none", settings: folder.path + "/none", limit: .seconds(1), port: 1)
    #expect(throws: ResolutionError.self) { try bare.addresses(of: HostName("api.example.com")) }
  }

  @Test("no message whatever is a crash, or goes round for ever")
  func anything() throws {
    let name = try HostName("api.example.com")
    let question = DNSMessage.question(id: 7, name: name, kind: .a)
    var loop = Self.reply(question, [([], 1, [1, 2, 3, 4])])
    loop[question.count] = 0xC0
    loop[question.count + 1] = UInt8(question.count)
    #expect(DNSMessage.reply(loop, to: 7, name: name, kind: .a) == .refused(1))
    let whole = Self.reply(question, [([], 5, Self.other), (Self.other, 1, [1, 2, 3, 4])])
    #expect(DNSMessage.reply(whole, to: 7, name: name, kind: .a) == .addresses([try #require(IPAddress("1.2.3.4"))]))
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...6) { bytes[.random(in: 0..<bytes.count)] = random.next() }
      _ = DNSMessage.reply(Array(bytes.prefix(.random(in: 0...bytes.count))), to: 7, name: name, kind: .a)
    }
  }

  @Test("resolv.conf gives at most three servers and bounded patience")
  func settings() {
    let lines = [
      "nameserver 1.1.1.1", "nameserver nonsense", "nameserver ::1", "nameserver 2.2.2.2", "nameserver 3.3.3.3",
      "options timeout:900 attempts:900 ndots:2",
    ]
    let settings = ResolverSettings(lines.map { $0.split(separator: " ") })
    #expect(settings.servers.map(\.description) == ["1.1.1.1", "::1", "2.2.2.2"])
    #expect(settings.attempts == 3 && settings.timeout == .seconds(5))
    #expect(ResolverSettings([]).servers.map(\.description) == ["127.0.0.1"])
  }
}
