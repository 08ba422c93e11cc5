package import Digests

/// One output stream of a sandbox, taken up with bounded memory: its first and last bytes, its length and digest.
public struct CapturedStream: Sendable {
  /// The first bytes, at most the limit that was asked for.
  public internal(set) var head: [UInt8] = []
  /// The last bytes where the head does not hold everything; at most 16 KiB.
  public internal(set) var tail: [UInt8] = []
  /// How many bytes came.
  public internal(set) var count = 0
  /// The digest of everything that came.
  package internal(set) var digest: Digest?

  /// Everything, where it fitted; else the head, a mark and the tail.
  public var text: String {
    guard count > head.count else { return String(decoding: head, as: UTF8.self) }
    let missing = count - head.count - tail.count
    if missing <= 0 { return String(decoding: head + tail.suffix(count - head.count), as: UTF8.self) }
    return String(decoding: head, as: UTF8.self) + "\n[\(missing) bytes left out]\n"
      + String(decoding: tail, as: UTF8.self)
  }
}

/// Takes up a stream piece by piece.
final class StreamCapture {
  private var stream = CapturedStream()
  private var hasher: Hasher256? = Hasher256()
  private let keep: Int
  private static let tailSize = 16384

  init(keep: Int) { self.keep = keep }

  func take(_ piece: UnsafeRawBufferPointer) {
    stream.count += piece.count
    hasher?.update(piece)
    let room = keep - stream.head.count
    if room > 0 { stream.head.append(contentsOf: piece.prefix(room)) }
    guard piece.count > max(room, 0) else { return }
    stream.tail.append(contentsOf: piece.dropFirst(max(room, 0)).suffix(Self.tailSize))
    if stream.tail.count > Self.tailSize { stream.tail.removeFirst(stream.tail.count - Self.tailSize) }
  }

  func finish() -> CapturedStream {
    var result = stream
    if let hasher = hasher.take() { result.digest = hasher.finish() }
    return result
  }
}
