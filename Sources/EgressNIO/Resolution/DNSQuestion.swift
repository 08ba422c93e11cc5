internal import Egress
internal import Glibc
internal import NIOCore

/// One question for both kinds of address to one name server: over UDP, and over TCP where the answer is too long for that.
struct DNSQuestion {
  let name: HostName
  let server: IPAddress
  let port: Int
  let timeout: Duration

  /// Blocks at most as long as the timeout. IPv4 comes first: it works in more places.
  func ask() throws(ResolutionError) -> [IPAddress] {
    let deadline = ContinuousClock.now + timeout
    // A connected socket hears of this server and port alone; the kernel picks our port by chance, we the id.
    let socket = try connected(SOCK_DGRAM)
    defer { close(socket) }
    var waiting: [UInt16: DNSMessage.Kind] = [:]
    for kind in [DNSMessage.Kind.a, .aaaa] {
      var id = UInt16.random(in: 0...UInt16.max)
      while waiting[id] != nil { id = .random(in: 0...UInt16.max) }
      waiting[id] = kind
      let bytes = DNSMessage.question(id: id, name: name, kind: kind)
      guard send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
        throw fault(errno)
      }
    }
    var found: [DNSMessage.Kind: [IPAddress]] = [:]
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !waiting.isEmpty {
      try wait(socket, Int16(POLLIN), until: deadline)
      let got = recv(socket, &buffer, buffer.count, 0)
      if got < 0, errno == EINTR || errno == EAGAIN { continue }
      guard got >= 0 else { throw fault(errno) }
      guard got >= 12, let kind = waiting[UInt16(buffer[0]) << 8 | UInt16(buffer[1])] else { continue }
      let id = UInt16(buffer[0]) << 8 | UInt16(buffer[1])
      var reply = DNSMessage.reply(Array(buffer[0..<got]), to: id, name: name, kind: kind)
      if reply == .truncated { reply = try askByStream(id: id, kind: kind, until: deadline) }
      switch reply {
      case .addresses(let addresses): found[kind] = addresses
      case .noSuchName: throw .noSuchName
      case .refused(let code): throw .noAnswer("\(server) answers with code \(code)")
      case .truncated: throw .noAnswer("\(server) cuts its answers")
      case .other: continue
      }
      waiting[id] = nil
    }
    let all = (found[.a] ?? []) + (found[.aaaa] ?? [])
    guard !all.isEmpty else { throw .noAddress }
    return all
  }

  private func askByStream(
    id: UInt16, kind: DNSMessage.Kind, until deadline: ContinuousClock.Instant
  ) throws(ResolutionError) -> DNSMessage.Reply {
    let socket = try connected(SOCK_STREAM)
    defer { close(socket) }
    try wait(socket, Int16(POLLOUT), until: deadline)
    let question = DNSMessage.question(id: id, name: name, kind: kind)
    let bytes = [UInt8(question.count >> 8), UInt8(question.count & 0xFF)] + question
    guard send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw fault(errno) }
    var reply: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      if reply.count >= 2 {
        let length = Int(reply[0]) << 8 | Int(reply[1])
        if reply.count >= 2 + length {
          return DNSMessage.reply(Array(reply[2..<(2 + length)]), to: id, name: name, kind: kind)
        }
      }
      try wait(socket, Int16(POLLIN), until: deadline)
      let got = recv(socket, &buffer, buffer.count, 0)
      if got < 0, errno == EINTR || errno == EAGAIN { continue }
      guard got > 0 else { throw .noAnswer("\(server) closes the connection") }
      reply.append(contentsOf: buffer[0..<got])
    }
  }

  private func connected(_ kind: __socket_type) throws(ResolutionError) -> Int32 {
    let flags = Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let socket = Glibc.socket(server.isVersion4 ? AF_INET : AF_INET6, flags, 0)
    guard socket >= 0 else { throw fault(errno) }
    guard let address = try? server.socketAddress(port: port) else {
      close(socket)
      throw .noAnswer("\(server) is no address to ask")
    }
    let result = address.withSockAddr { connect(socket, $0, socklen_t($1)) }
    guard result == 0 || errno == EINPROGRESS else {
      let number = errno
      close(socket)
      throw fault(number)
    }
    return socket
  }

  private func wait(
    _ socket: Int32, _ events: Int16, until deadline: ContinuousClock.Instant
  ) throws(ResolutionError) {
    while true {
      let left = deadline - .now
      guard left > .zero else { throw .noAnswer("\(server) is silent") }
      let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
      var entry = pollfd(fd: socket, events: events, revents: 0)
      if poll(&entry, 1, Int32(clamping: milliseconds + 1)) > 0 { return }
    }
  }

  private func fault(_ number: Int32) -> ResolutionError {
    .noAnswer("\(server): \(String(cString: strerror(number)))")
  }
}
