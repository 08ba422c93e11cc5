internal import Digests
internal import Glibc

/// What the files of a checkout were when they were last read: those that did not change since need not be read again.
///
/// It is kept as records in the order of their paths, and closed by a digest over all of it. A missing or damaged index costs
/// time and nothing else.
struct SnapshotIndex {
  struct Record {
    let path: TreePath
    let fingerprint: FileFingerprint
    let digest: Digest
  }

  private static let header = Array("belljar-index 1\n".utf8)

  private(set) var records: [Record] = []
  private var next = 0

  init() {}

  /// Reads an index; an empty one where there is none that is whole.
  init(reading file: String) {
    guard let bytes = Self.bytes(file), bytes.starts(with: Self.header), bytes.count >= Self.header.count + 32,
      Digest(of: bytes.dropLast(32)).bytes.elementsEqual(bytes.suffix(32))
    else { return }
    bytes.withUnsafeBytes { buffer in
      var reader = RecordReader(buffer[Self.header.count..<(buffer.count - 32)])
      while let record = reader.next() { records.append(record) }
    }
  }

  private static func bytes(_ file: String) -> [UInt8]? {
    let number = open(file, FileSystemCalls.readFlags)
    guard number >= 0 else { return nil }
    let descriptor = Descriptor(owning: number)
    guard let size = try? descriptor.status().st_size else { return nil }
    return try? descriptor.readAll(expecting: Int(size))
  }

  /// The record of a path, for paths that are asked for in their order.
  mutating func record(of path: TreePath) -> Record? {
    while next < records.count, records[next].path < path { next += 1 }
    return next < records.count && records[next].path == path ? records[next] : nil
  }

  mutating func append(_ record: Record) { records.append(record) }

  /// Writes the index in a file's place.
  func write(to file: String) throws(WorkspaceError) {
    var bytes = Self.header
    bytes.reserveCapacity(records.count * 128)
    for record in records { RecordReader.append(record, to: &bytes) }
    bytes += Digest(of: bytes).bytes
    let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    let temporary = try TemporaryObject(in: folder)
    try temporary.file.write(bytes)
    try temporary.keep(as: file, durable: false)
  }
}

/// The records' bytes: the path's length and bytes, six numbers, the digest; numbers in the machine's own order.
private struct RecordReader {
  private var rest: Slice<UnsafeRawBufferPointer>

  init(_ bytes: Slice<UnsafeRawBufferPointer>) { rest = bytes }

  static func append(_ record: SnapshotIndex.Record, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: UInt16(record.path.bytes.count)) { bytes += $0 }
    bytes += record.path.bytes
    for number in record.fingerprint.numbers { withUnsafeBytes(of: number) { bytes += $0 } }
    bytes += record.digest.bytes
  }

  mutating func next() -> SnapshotIndex.Record? {
    guard let length: UInt16 = number(), let path = TreePath(bytes: take(Int(length))) else { return nil }
    var numbers: [UInt64] = []
    for _ in 0..<6 {
      guard let number: UInt64 = number() else { return nil }
      numbers.append(number)
    }
    guard let digest = Digest(bytes: take(32)) else { return nil }
    return SnapshotIndex.Record(path: path, fingerprint: FileFingerprint(numbers), digest: digest)
  }

  private mutating func number<Number: FixedWidthInteger & BitwiseCopyable>() -> Number? {
    let size = MemoryLayout<Number>.size
    guard rest.count >= size else { return nil }
    defer { rest = rest.dropFirst(size) }
    return UnsafeRawBufferPointer(rebasing: rest.prefix(size)).loadUnaligned(as: Number.self)
  }

  private mutating func take(_ count: Int) -> [UInt8] {
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }
}
