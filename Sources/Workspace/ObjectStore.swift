internal import CLinux
package import Digests
internal import Glibc

/// Contents by their digest: `objects/ab/cdef…`, one file each, mode 0444 (or with the stamp of a layer's file) in folders of
/// mode 0700.
///
/// Any number of threads and processes may put and read at once: an object appears whole, by rename, or not at all.
package struct ObjectStore: Hashable, Sendable {
  /// Contents up to this size are read at once, so that nothing is written for those that are there already.
  private static let atOnce = 1 << 20

  /// Where objects are written before they have their names: one folder, so that it costs nothing to look what was left there.
  static let incoming = "incoming"

  /// The folder that holds `objects`.
  package let root: String

  /// A store in a folder of the host, made with the folders above it where it is missing.
  package init(root: String) throws(WorkspaceError) {
    self.root = root
    try HostFolder.make("\(root)/objects", mode: 0o700)
    try HostFolder.make("\(root)/\(Self.incoming)", mode: 0o700)
  }

  /// Where an object lies, or would.
  package func path(_ digest: Digest) -> String {
    var text = Array("\(root)/objects/".utf8)
    EscapedBytes.append(hexadecimal: digest.bytes[..<1], to: &text)
    text.append(UInt8(ascii: "/"))
    EscapedBytes.append(hexadecimal: digest.bytes[1...], to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Whether an object is there.
  package func contains(_ digest: Digest) -> Bool { size(digest) != nil }

  /// The object's file; nil where there is none.
  func status(_ digest: Digest) -> stat? {
    var status = stat()
    guard lstat(path(digest), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return status
  }

  /// The size of what is there; another than the content's is what a power cut leaves.
  func size(_ digest: Digest) -> Int? { status(digest).map { Int($0.st_size) } }

  /// Keeps some bytes.
  ///
  /// - Parameter durable: Whether they are on the disk (`fsync(2)`, of the folder too) when the call returns.
  package func put(_ bytes: [UInt8], durable: Bool = false) throws(WorkspaceError) -> Digest {
    try put(bytes, durable: durable, stamp: nil)
  }

  func put(_ bytes: [UInt8], durable: Bool, stamp: LayerStamp?) throws(WorkspaceError) -> Digest {
    var hasher = Hasher256()
    bytes.withUnsafeBytes { hasher.update($0) }
    let digest = hasher.finish()
    // A size that differs is what a power cut leaves of an object that was not durable: written again.
    if size(digest) == bytes.count {
      if durable { try sync([digest]) }
      return digest
    }
    let temporary = try TemporaryObject(in: "\(root)/\(Self.incoming)")
    try temporary.file.write(bytes)
    try keep(temporary, digest, durable: durable, stamp: stamp)
    return digest
  }

  /// Keeps what a file holds from where it stands to its end.
  ///
  /// - Parameter limit: The most bytes that are taken.
  /// - Returns: The digest and the size; nil where there is more than the limit.
  package func put(fileDescriptor: Int32, limit: Int = .max, durable: Bool = false) throws(WorkspaceError) -> (
    digest: Digest, size: Int
  )? {
    let copy = try FileSystemCalls.retrying("copy", "descriptor \(fileDescriptor)") {
      fcntl(fileDescriptor, F_DUPFD_CLOEXEC, 0)
    }
    return try put(Descriptor(owning: copy), expecting: 65536, limit: limit, durable: durable)
  }

  func put(
    _ file: Descriptor, expecting size: Int, limit: Int = .max, durable: Bool = false, stamp: LayerStamp? = nil
  ) throws(WorkspaceError) -> (digest: Digest, size: Int)? {
    var piece = try file.readAll(expecting: min(size, Self.atOnce), limit: min(Self.atOnce, limit))
    if piece.count > limit { return nil }
    if piece.count <= Self.atOnce { return (try put(piece, durable: durable, stamp: stamp), piece.count) }
    let temporary = try TemporaryObject(in: "\(root)/\(Self.incoming)")
    var hasher = Hasher256()
    var total = 0
    while !piece.isEmpty {
      total += piece.count
      if total > limit { return nil }
      piece.withUnsafeBytes { hasher.update($0) }
      try temporary.file.write(piece)
      piece = try file.readAll(expecting: Self.atOnce, limit: Self.atOnce)
    }
    let digest = hasher.finish()
    if self.size(digest) == total {
      if durable { try sync([digest]) }
      return (digest, total)
    }
    try keep(temporary, digest, durable: durable, stamp: stamp)
    return (digest, total)
  }

  /// The bytes of an object, checked against its digest.
  ///
  /// - Throws: ``WorkspaceError`` where it is missing or its bytes are not those that were put.
  package func read(_ digest: Digest) throws(WorkspaceError) -> [UInt8] {
    let file = try open(digest)
    let bytes = try file.readAll(expecting: Int(try file.status().st_size))
    guard Digest(of: bytes) == digest else {
      throw WorkspaceError(
        "read the object", path(digest), because: "its content is not what its name says",
        advice: "the disk or someone changed it; remove it, and take a new snapshot")
    }
    return bytes
  }

  /// Opens an object, unchecked, for copying.
  func open(_ digest: Digest) throws(WorkspaceError) -> Descriptor {
    let path = path(digest)
    return Descriptor(
      owning: try FileSystemCalls.retrying("read the object", path) { Glibc.open(path, FileSystemCalls.readFlags) })
  }

  /// Gives an object its name; its folder is there but for the first of a kind.
  private func keep(
    _ temporary: TemporaryObject, _ digest: Digest, durable: Bool, stamp: LayerStamp?
  ) throws(WorkspaceError) {
    do throws(WorkspaceError) {
      try temporary.keep(as: path(digest), durable: durable, stamp: stamp)
    } catch {
      guard error.errorNumber == ENOENT else { throw error }
      let folder = folder(digest)
      if mkdir(folder, 0o700) == -1, errno != EEXIST { throw WorkspaceError("make the folder", folder, errno: errno) }
      try temporary.keep(as: path(digest), durable: durable, stamp: stamp)
    }
  }

  private func folder(_ digest: Digest) -> String { "\(root)/objects/\(digest.description.prefix(2))" }

  /// Writes the contents of changed files, and other objects, to the disk, where that was not done when they were put.
  package func sync(_ changes: Changes, and others: [Digest] = []) throws(WorkspaceError) {
    var digests = Set(others)
    for (_, change) in changes.byPath {
      if case .write(let entry) = change, case .file(let digest, _, _) = entry.kind { digests.insert(digest) }
    }
    try sync(digests)
  }

  /// Together, so that a file system's journal is written once or twice, and not for each file and each folder.
  private func sync(_ digests: Set<Digest>) throws(WorkspaceError) {
    var rest = Array(digests)[...]
    while !rest.isEmpty {
      // No more than may be open at a time.
      let some = rest.prefix(64)
      rest = rest.dropFirst(64)
      var files: [Descriptor] = []
      for digest in some { files.append(try open(digest)) }
      // Where that isn't possible, the next call does all of it.
      for file in files { _ = linux_begin_sync(file.number) }
      for (file, digest) in zip(files, some) {
        try FileSystemCalls.retrying("write to disk", path(digest)) { fsync(file.number) }
      }
    }
    for folder in Set(digests.map(folder)) { try HostFolder.sync(folder) }
  }

  /// Writes everything on the store's file system to the disk (`syncfs(2)`): for what was written in bulk.
  package func syncAll() throws(WorkspaceError) {
    let folder = try Descriptor.folder(root)
    try FileSystemCalls.retrying("write to disk", root) { linux_sync_file_system(folder.number) }
  }
}
