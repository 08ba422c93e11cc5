internal import COpenSSL
internal import NIOCore

/// Where OpenSSL writes its records: straight into the buffer that goes to the channel. Its own memory BIO would clear, grow and copy
/// once more.
final class RecordSink {
  private var records = ByteBuffer()

  /// Made once, never changed or freed, and only read by OpenSSL: any thread may use it (BIO_meth_new(3)).
  private nonisolated(unsafe) static let method: OpaquePointer? = {
    guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "belljar records") else { return nil }
    BIO_meth_set_write(method) { sink, bytes, count in
      guard let bytes, count > 0, let place = BIO_get_data(sink) else { return 0 }
      let sink = Unmanaged<RecordSink>.fromOpaque(place).takeUnretainedValue()
      sink.records.writeBytes(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
      return count
    }
    // The only question that is asked of it; there is nothing to flush.
    BIO_meth_set_ctrl(method) { _, question, _, _ in question == BIO_CTRL_FLUSH ? 1 : 0 }
    return method
  }()

  var isEmpty: Bool { records.readableBytes == 0 }

  /// A BIO that writes here; who owns it must go before this does.
  func makeBIO() -> OpaquePointer? {
    guard let bio = BIO_new(Self.method) else { return nil }
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  /// All that was written since the last time.
  func take() -> ByteBuffer {
    defer { records = ByteBuffer() }
    return records
  }
}
