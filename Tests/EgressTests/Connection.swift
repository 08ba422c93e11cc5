import Glibc
import NIOCore
import NIOPosix
import TLS
import TestCertificate

/// A stream of bytes to one peer, written and read as a test says.
final class Connection {
  private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  let channel: any Channel
  private(set) var bytes: [UInt8] = []

  init(
    _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
    _ channel: any Channel
  ) {
    self.inbound = inbound.makeAsyncIterator()
    self.outbound = outbound
    self.channel = channel
  }

  static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  /// Connects to a port of loopback.
  static func open<Result: Sendable>(
    _ port: Int, tls: String? = nil, _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    let asked = try await ClientBootstrap(group: group)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(
              TLSHandler(Certificate.client(), to: .name(tls)))
          }
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
      }
    return try await asked.executeThenClose { inbound, outbound in
      try await body(Connection(inbound, outbound, asked.channel))
    }
  }

  /// Goes on in TLS, as a client of a proxy does.
  func startTLS(_ name: String) async throws {
    guard bytes.isEmpty else { throw TestFailure("bytes before TLS") }
    let channel = channel
    try await channel.eventLoop.submit {
      try channel.pipeline.syncOperations.addHandler(
        TLSHandler(Certificate.client(), to: .name(name)), position: .first)
    }.get()
  }

  func write(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

  func write(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

  func write(_ buffer: ByteBuffer) async throws { try await outbound.write(buffer) }

  /// Reads on; false at the end.
  @discardableResult
  func more() async throws -> Bool {
    guard let piece = try await inbound.next() else { return false }
    bytes.append(contentsOf: piece.readableBytesView)
    return true
  }

  /// Reads all that comes, keeping nothing of it; the number of bytes.
  func count(atMost most: Int = .max) async throws -> Int {
    var count = bytes.count
    bytes = []
    while count < most, let piece = try await inbound.next() { count += piece.readableBytes }
    return count
  }

  /// All that is read until the peer closes. A peer that breaks off counts as one that closes.
  func toEnd() async -> String {
    while (try? await more()) == true {}
    return text
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  func take(until mark: String) async throws -> String {
    while true {
      if let range = bytes.firstRange(of: Array(mark.utf8)) {
        defer { bytes.removeFirst(range.upperBound) }
        return String(decoding: bytes[..<range.upperBound], as: UTF8.self)
      }
      guard try await more() else { throw TestFailure("the peer closed after: \(text)") }
    }
  }

  func take(_ count: Int) async throws -> [UInt8] {
    while bytes.count < count {
      guard try await more() else { throw TestFailure("the peer closed after: \(text)") }
    }
    defer { bytes.removeFirst(count) }
    return Array(bytes[..<count])
  }

  /// A message with its head and its body, whichever way its length is said.
  func message() async throws -> (head: String, body: String) {
    let head = try await take(until: "\r\n\r\n")
    let lower = head.lowercased()
    if lower.contains("transfer-encoding: chunked") {
      var body: [UInt8] = []
      while true {
        let size = Int(try await take(until: "\r\n").dropLast(1), radix: 16) ?? 0
        body += try await take(size)
        _ = try await take(2)
        if size == 0 { return (head, String(decoding: body, as: UTF8.self)) }
      }
    }
    let length = lower.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) }
    return (head, String(decoding: try await take(length ?? 0), as: UTF8.self))
  }
}

/// A server on loopback that does to each connection what a test says.
final class StandIn: Sendable {
  let port: Int
  private let task: Task<Void, any Error>
  private let listener: any Channel

  init(tls: Bool = false, _ serve: @escaping @Sendable (Connection) async throws -> Void) async throws {
    let context = tls ? try Certificate.server() : nil
    let server = try await ServerBootstrap(group: Connection.group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          if let context {
            try channel.pipeline.syncOperations.addHandler(TLSHandler(server: context))
          }
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    listener = server.channel
    port = server.channel.localAddress?.port ?? 0
    task = Task {
      try await server.executeThenClose { connections in
        try await withThrowingDiscardingTaskGroup { group in
          for try await connection in connections {
            group.addTask {
              // What a test does to it may well end in an error on this side.
              _ = try? await connection.executeThenClose { inbound, outbound in
                try await serve(Connection(inbound, outbound, connection.channel))
              }
            }
          }
        }
      }
    }
  }

  deinit {
    task.cancel()
    listener.close(promise: nil)
  }
}

/// A bound socket on loopback, as a sandbox would hand it out.
func boundSocket() throws -> (descriptor: Int32, port: Int) {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  // struct sockaddr_in by its bytes (ip(7)): whose module the C struct belongs to depends on the order of the build.
  var address: [UInt8] = [UInt8(AF_INET), 0, 0, 0, 127, 0, 0, 1] + [UInt8](repeating: 0, count: 8)
  var length = socklen_t(address.count)
  let result = address.withUnsafeMutableBytes { bytes in
    bytes.withMemoryRebound(to: sockaddr.self) {
      bind(descriptor, $0.baseAddress, length) == 0 && listen(descriptor, 16) == 0
        && getsockname(descriptor, $0.baseAddress, &length) == 0
    }
  }
  guard descriptor >= 0, result else { throw TestFailure("bind") }
  return (descriptor, Int(address[2]) << 8 | Int(address[3]))
}
