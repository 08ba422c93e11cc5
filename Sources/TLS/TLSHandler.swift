internal import COpenSSL
package import NIOCore
internal import NIOTLS

/// Secures what goes through a channel: bytes in the clear on the inner side, records of TLS on the outer.
///
/// Tells `TLSUserEvent.handshakeCompleted` once the peer has proved who it is; what is written before waits until then. A peer
/// that ends without saying so in TLS is an error, as somebody between could have cut what it said (RFC 8446, 6.1).
package final class TLSHandler: ChannelDuplexHandler {
  package typealias InboundIn = ByteBuffer
  package typealias InboundOut = ByteBuffer
  package typealias OutboundIn = ByteBuffer
  package typealias OutboundOut = ByteBuffer

  /// Who the peer has to be by its certificate.
  package enum Peer: Sendable {
    case name(String)
    /// An address of IPv4 or IPv6, as text.
    case address(String)
  }

  private enum State {
    /// The channel isn't connected yet.
    case idle
    case shaking
    case open
    /// Nothing more is said; the peer may still say something.
    case halfClosed
    /// The end has been said; what was said before is still on its way, or the peer hasn't answered.
    case closing
    case ended
  }

  private struct Closing {
    var promises: [EventLoopPromise<Void>]
    var isSent = false
    let limit: Scheduled<Void>
  }

  /// How long the peer has to take the last bytes, and to say that it has.
  private static let patience = TimeAmount.seconds(5)

  /// Freed with the handler, and not before: what a call tells others may bring about the end of the channel.
  private let connection: OpaquePointer
  /// An empty source; the connection's own between calls.
  private let nothing: OpaquePointer
  private let records = RecordSink()
  private var state = State.idle
  private var peerHasEnded = false
  /// What has come since the last end of a burst.
  private var clear = ByteBuffer()
  private var closing: Closing?
  private var waiting: [(ByteBuffer, EventLoopPromise<Void>?)] = []

  /// A client's side.
  ///
  /// - Throws: `TLSError` where the name or address is none.
  package init(_ context: TLSContext, to peer: Peer) throws(TLSError) {
    (connection, nothing) = try Self.make(context, records)
    SSL_set_connect_state(connection)
    switch peer {
    case .name(let name):
      X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(connection), UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
      // SSL_set_tlsext_host_name(3) is a macro.
      let isTold = name.withCString { text in
        let copied = UnsafeMutablePointer(mutating: text)
        return SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), copied) == 1
      }
      guard !name.isEmpty, isTold, SSL_set1_host(connection, name) == 1 else {
        throw .last("expect a server named '\(name)'")
      }
    case .address(let address):
      guard X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), address) == 1 else {
        throw .last("expect a server at '\(address)'")
      }
    }
  }

  /// A server's side, which takes any client.
  package init(server context: TLSContext) throws(TLSError) {
    (connection, nothing) = try Self.make(context, records)
    SSL_set_accept_state(connection)
  }

  deinit {
    SSL_free(connection)
    BIO_free(nothing)
  }

  private static func make(
    _ context: TLSContext, _ records: RecordSink
  ) throws(TLSError) -> (connection: OpaquePointer, nothing: OpaquePointer) {
    guard let connection = SSL_new(context.pointer) else { throw .last("make a connection") }
    guard let nothing = BIO_new(BIO_s_mem()) else {
      SSL_free(connection)
      throw .last("make a source of bytes")
    }
    guard let sink = records.makeBIO() else {
      SSL_free(connection)
      BIO_free(nothing)
      throw .last("make a place for records")
    }
    // The connection frees what it is given: of `nothing` one holder is its, and one ours.
    BIO_up_ref(nothing)
    SSL_set_bio(connection, nothing, sink)
    return (connection, nothing)
  }

  // MARK: - The channel's life

  package func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { begin(context) }
  }

  package func channelActive(context: ChannelHandlerContext) {
    begin(context)
    context.fireChannelActive()
  }

  package func handlerRemoved(context: ChannelHandlerContext) { end() }

  package func channelInactive(context: ChannelHandlerContext) {
    tellOfCut(context)
    end()
    context.fireChannelInactive()
  }

  package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { tellOfCut(context) }
    context.fireUserInboundEventTriggered(event)
  }

  package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    switch (mode, state) {
    case (.input, _), (_, .ended): context.close(mode: mode, promise: promise)
    case (_, .idle), (_, .shaking):
      end()
      context.close(mode: .all, promise: promise)
    case (.output, .open):
      state = .halfClosed
      sayEnd()
      sendAndFlush(context)
      context.close(mode: .output, promise: promise)
    case (.output, _): context.close(mode: .output, promise: promise)
    case (.all, .open):
      sayEnd()
      awaitEnd(context, promise)
    case (.all, .halfClosed): awaitEnd(context, promise)
    case (.all, .closing):
      if let promise { closing?.promises.append(promise) }
    }
  }

  // MARK: - Bytes

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard state != .ended, !peerHasEnded else { return }
    let sealed = unwrapInboundIn(data)
    clear.reserveCapacity(minimumWritableBytes: sealed.readableBytes)
    var fault: TLSError?
    var isShaken = false
    // The connection reads from the buffer itself, and holds what is left of a record in its own.
    sealed.withUnsafeReadableBytes { bytes in
      guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else {
        fault = .last("read")
        return
      }
      // At its end there is more to come (BIO_set_mem_eof_return(3)).
      BIO_ctrl(source, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, nil)
      SSL_set0_rbio(connection, source)
      defer {
        BIO_up_ref(nothing)
        SSL_set0_rbio(connection, nothing)
      }
      let wasShaking = state == .shaking
      if wasShaking { fault = shake() }
      isShaken = wasShaking && state == .open
      if state != .shaking, fault == nil { fault = open() }
    }
    sendAndFlush(context)
    if isShaken {
      var name: UnsafePointer<UInt8>?
      var length: UInt32 = 0
      SSL_get0_alpn_selected(connection, &name, &length)
      let spoken = name.map { String(decoding: UnsafeBufferPointer(start: $0, count: Int(length)), as: UTF8.self) }
      context.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: spoken))
      sendWaiting(context)
    }
    guard fault != nil || peerHasEnded else { return }
    deliver(context)
    if let fault {
      fail(context, fault)
    } else {
      if state == .closing { return endWhereDone(context) }
      context.fireChannelReadComplete()
      close(context: context, mode: .all, promise: nil)
    }
  }

  package func channelReadComplete(context: ChannelHandlerContext) {
    // Who waits for bytes has asked once; what came was not yet any of them.
    if clear.readableBytes == 0 || state == .closing { context.read() }
    deliver(context)
    context.fireChannelReadComplete()
  }

  /// Hands on what has come in one burst in one piece.
  private func deliver(_ context: ChannelHandlerContext) {
    let all = clear
    clear = ByteBuffer()
    // Who has closed wants nothing more.
    guard all.readableBytes > 0, state != .closing else { return }
    context.fireChannelRead(wrapInboundOut(all))
  }

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let clear = unwrapOutboundIn(data)
    switch state {
    case .idle, .shaking: waiting.append((clear, promise))
    case .open: seal(context, clear, promise)
    case .halfClosed, .closing, .ended: promise?.fail(ChannelError.ioOnClosedChannel)
    }
  }

  // MARK: - What OpenSSL does

  private func begin(_ context: ChannelHandlerContext) {
    guard state == .idle else { return }
    state = .shaking
    let fault = shake()
    sendAndFlush(context)
    if let fault { fail(context, fault) }
  }

  /// Goes on with the handshake as far as the bytes reach; the connection is open where they reach to its end.
  private func shake() -> TLSError? {
    ERR_clear_error()
    let result = SSL_do_handshake(connection)
    if result == 1 { state = .open }
    guard result != 1, SSL_get_error(connection, result) != SSL_ERROR_WANT_READ else { return nil }
    let trust = SSL_get_verify_result(connection)
    if trust != Int(X509_V_OK), let reason = X509_verify_cert_error_string(trust) {
      ERR_clear_error()
      return TLSError("the server's certificate is not believed: \(String(cString: reason))")
    }
    return .last("shake hands")
  }

  /// Takes the clear bytes out of what has come.
  private func open() -> TLSError? {
    while true {
      var count = 0
      var isRead = false
      ERR_clear_error()
      // What is in the clear is shorter than its records, so that the buffer grows only for a record that has come in two pieces.
      clear.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { room in
        isRead = SSL_read_ex(connection, room.baseAddress, room.count, &count) == 1
        return count
      }
      if isRead { continue }
      switch SSL_get_error(connection, 0) {
      case SSL_ERROR_WANT_READ: return nil
      case SSL_ERROR_ZERO_RETURN:
        peerHasEnded = true
        return nil
      default: return .last("read")
      }
    }
  }

  private func seal(_ context: ChannelHandlerContext, _ clear: ByteBuffer, _ promise: EventLoopPromise<Void>?) {
    var isSealed = clear.readableBytes == 0
    if !isSealed {
      var count = 0
      ERR_clear_error()
      clear.withUnsafeReadableBytes { bytes in
        isSealed = SSL_write_ex(connection, bytes.baseAddress, bytes.count, &count) == 1
      }
    }
    guard isSealed else {
      let fault = TLSError.last("write")
      promise?.fail(fault)
      return fail(context, fault)
    }
    send(context, promise)
  }

  /// Sends the records that have been made.
  private func send(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>? = nil) {
    guard !records.isEmpty || promise != nil else { return }
    context.write(wrapOutboundOut(records.take()), promise: promise)
  }

  private func sendAndFlush(_ context: ChannelHandlerContext) {
    guard !records.isEmpty else { return }
    send(context)
    context.flush()
  }

  private func sendWaiting(_ context: ChannelHandlerContext) {
    let all = waiting
    waiting = []
    for (clear, promise) in all where state == .open { seal(context, clear, promise) }
    if !all.isEmpty { context.flush() }
  }

  // MARK: - Ends

  private func sayEnd() {
    ERR_clear_error()
    SSL_shutdown(connection)
    ERR_clear_error()
  }

  /// Closes the channel when all is sent and the peer has said that nothing more comes: a socket that is closed before takes what
  /// is under way with it.
  private func awaitEnd(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
    state = .closing
    let limit = context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { [self] in closeNow(context) }
    closing = Closing(promises: promise.map { [$0] } ?? [], limit: limit)
    let sent = context.eventLoop.makePromise(of: Void.self)
    sent.futureResult.assumeIsolated().whenComplete { [self] _ in
      closing?.isSent = true
      endWhereDone(context)
    }
    send(context, sent)
    context.flush()
  }

  private func endWhereDone(_ context: ChannelHandlerContext) {
    if peerHasEnded, closing?.isSent == true { closeNow(context) }
  }

  private func closeNow(_ context: ChannelHandlerContext) {
    guard state == .closing else { return }
    state = .ended
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { [self] _ in end() }
    context.close(promise: promise)
  }

  /// The channel is closed, or the handler is out of it.
  private func end() {
    state = .ended
    refuseWaiting(ChannelError.ioOnClosedChannel)
    closing?.limit.cancel()
    for promise in closing?.promises ?? [] { promise.succeed() }
    closing = nil
  }

  /// An end that the peer has not said in TLS.
  private func tellOfCut(_ context: ChannelHandlerContext) {
    guard !peerHasEnded else { return }
    switch state {
    case .idle, .ended: break
    case .closing:
      peerHasEnded = true
      endWhereDone(context)
    case .shaking: fail(context, TLSError("the peer ended the connection before it was secured"))
    case .open, .halfClosed:
      peerHasEnded = true
      deliver(context)
      context.fireErrorCaught(TLSError("the peer ended the connection without saying so, so something may be missing"))
    }
  }

  private func fail(_ context: ChannelHandlerContext, _ fault: TLSError) {
    guard state != .ended else { return }
    state = .ended
    refuseWaiting(fault)
    context.fireErrorCaught(fault)
    context.close(promise: nil)
  }

  private func refuseWaiting(_ why: any Error) {
    let all = waiting
    waiting = []
    for (_, promise) in all { promise?.fail(why) }
  }
}
