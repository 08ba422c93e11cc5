internal import CZlib

/// Why a stored trace can't be written or read.
package struct TraceFault: Error, Sendable, Hashable, CustomStringConvertible {
  package let description: String

  init(_ what: String) { description = what }
}

/// gzip (RFC 1952) through zlib, in memory.
enum Gzip {
  /// zlib's largest window, with a gzip header instead of its own.
  private static let windowBits: Int32 = 15 + 16
  private static let level: Int32 = 6

  /// The same bytes each time: the header has no time and no name.
  static func compress(_ bytes: [UInt8]) throws(TraceFault) -> [UInt8] {
    let stream = Stream()
    let began = deflateInit2_(
      stream.state, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Stream.size)
    guard began == Z_OK else { throw TraceFault("zlib can't compress the trace (\(began)): out of memory?") }
    defer { deflateEnd(stream.state) }
    let (compressed, end) = stream.run(over: bytes, most: .max) { deflate($0, $1 ? Z_FINISH : Z_NO_FLUSH) }
    guard end == Z_STREAM_END else { throw TraceFault("zlib can't compress the trace (\(end))") }
    return compressed
  }

  /// - Parameter most: The most bytes that may come out: what is stored may have been put there by anyone.
  static func decompress(_ bytes: [UInt8], most: Int) throws(TraceFault) -> [UInt8] {
    let stream = Stream()
    let began = inflateInit2_(stream.state, windowBits, ZLIB_VERSION, Stream.size)
    guard began == Z_OK else { throw TraceFault("zlib can't read the trace (\(began)): out of memory?") }
    defer { inflateEnd(stream.state) }
    let (plain, end) = stream.run(over: bytes, most: most) { state, _ in inflate(state, Z_NO_FLUSH) }
    if plain.count > most {
      throw TraceFault("the stored trace holds more than \(most) bytes, and none that Belljar writes does")
    }
    guard end == Z_STREAM_END else {
      throw TraceFault("the stored trace is damaged or cut off; `belljar verify` says whether it was changed")
    }
    return plain
  }
}

/// zlib's state at an address that stays, as zlib asks of it.
private final class Stream {
  static let size = Int32(MemoryLayout<z_stream>.size)
  private static let piece = 1 << 16

  let state: UnsafeMutablePointer<z_stream>

  init() {
    state = .allocate(capacity: 1)
    state.initialize(to: z_stream())
  }

  deinit {
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Hands the input over in pieces, until zlib says that it is done or can't go on, or more than `most` has come out.
  func run(
    over input: [UInt8], most: Int, _ step: (UnsafeMutablePointer<z_stream>, _ isLast: Bool) -> Int32
  ) -> (output: [UInt8], end: Int32) {
    // An array without bytes may have no address, and zlib wants one.
    let padded = input.isEmpty ? [0] : input
    var output: [UInt8] = []
    var room = [UInt8](repeating: 0, count: Self.piece)
    var taken = 0
    while true {
      let count = min(Self.piece, input.count - taken)
      let status = padded.withUnsafeBufferPointer { source in
        room.withUnsafeMutableBufferPointer { room in
          state.pointee.next_in = source.baseAddress.map { $0 + taken }
          state.pointee.avail_in = UInt32(count)
          state.pointee.next_out = room.baseAddress
          state.pointee.avail_out = UInt32(room.count)
          return step(state, taken + count == input.count)
        }
      }
      let (used, made) = (count - Int(state.pointee.avail_in), room.count - Int(state.pointee.avail_out))
      taken += used
      output += room[..<made]
      // Nothing taken and nothing made: the input ends before the stream does.
      guard status == Z_OK, used + made > 0, output.count <= most else { return (output, status) }
    }
  }
}
