internal import Glibc

/// Takes what a listing names into the store.
package struct Snapshot {
  private let store: ObjectStore
  private let now: Int64
  private let owner: Owner?
  private var cursor: FolderCursor
  private var known: SnapshotIndex
  private var seen = SnapshotIndex()
  /// Whether a file was read: then there is something new to remember.
  private var hasRead = false

  /// Stores every listed file of a folder and returns the tree of them.
  ///
  /// A file is opened beneath the folder, through no link, and hashed from the same descriptor that it was looked at with; what
  /// has gone or is no file or link any more is left out. A file that is as the index has it is not opened.
  ///
  /// - Parameters:
  ///   - listing: Paths in their order.
  ///   - now: The time: the latest that a file may carry, in nanoseconds since 1970.
  ///   - owner: Whom layers of this tree will be given to: new objects are stored so that a layer can be made of links to them.
  ///   - index: The file that remembers what was read, for the next time.
  /// - Throws: ``WorkspaceError`` for a file that can't be read.
  package static func take(
    root: String, listing: [TreePath], store: ObjectStore, now: Int64, owner: Owner? = nil, index: String? = nil
  ) throws(WorkspaceError) -> Tree {
    var snapshot = Snapshot(
      store: store, now: now, owner: owner, cursor: FolderCursor(root: try Descriptor.folder(root)),
      known: index.map { SnapshotIndex(reading: $0) } ?? SnapshotIndex())
    var items: [Tree.Item] = []
    items.reserveCapacity(listing.count)
    for path in listing {
      do throws(WorkspaceError) {
        if let entry = try snapshot.entry(path) { items.append(Tree.Item(path, entry)) }
      } catch {
        switch error.errorNumber {
        case ENOENT, ENOTDIR, ELOOP, ENXIO: continue
        case EACCES:
          throw WorkspaceError(
            "read", "\(root)/\(path)", errno: EACCES, advice: "make it readable, or leave it out with tree.only")
        default: throw error
        }
      }
    }
    if let index, snapshot.hasRead || snapshot.seen.records.count != snapshot.known.records.count {
      try snapshot.seen.write(to: index)
    }
    return Tree(items)
  }

  private init(store: ObjectStore, now: Int64, owner: Owner?, cursor: FolderCursor, known: SnapshotIndex) {
    self.store = store
    self.now = now
    self.owner = owner
    self.cursor = cursor
    self.known = known
  }

  private mutating func entry(_ path: TreePath) throws(WorkspaceError) -> Entry? {
    let (folder, name) = try cursor.locate(path)
    if let record = known.record(of: path), FileFingerprint(try folder.status(of: name)) == record.fingerprint,
      store.size(record.digest) == Int(record.fingerprint.size)
    {
      seen.append(record)
      return entry(record)
    }
    let file: Descriptor
    do throws(WorkspaceError) {
      file = try folder.open(name, FileSystemCalls.readFlags)
    } catch {
      guard error.errorNumber == ELOOP else { throw error }
      let status = try folder.status(of: name)
      return Entry(.symlink(try folder.linkTarget(name)), modified: min(status.modifiedNanoseconds, now))
    }
    let status = try file.status()
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    hasRead = true
    let stamp = LayerStamp(
      executable: status.st_mode & S_IXUSR != 0, modified: min(status.modifiedNanoseconds, now), owner: owner)
    guard let (digest, size) = try store.put(file, expecting: Int(status.st_size), stamp: stamp) else { return nil }
    let record = SnapshotIndex.Record(path: path, fingerprint: FileFingerprint(status), digest: digest)
    // A file that grew while it was read is not what the fingerprint says.
    if size == status.st_size, record.fingerprint.isSettled(at: now) { seen.append(record) }
    return Entry(
      .file(digest, executable: status.st_mode & S_IXUSR != 0, size: size), modified: stamp.modified)
  }

  private func entry(_ record: SnapshotIndex.Record) -> Entry {
    Entry(
      .file(
        record.digest, executable: record.fingerprint.mode & S_IXUSR != 0, size: Int(record.fingerprint.size)),
      modified: min(record.fingerprint.modified, now))
  }
}

extension stat {
  /// `st_mtim` in nanoseconds since 1970; the ends of the range for times beyond it.
  var modifiedNanoseconds: Int64 { Self.nanoseconds(st_mtim) }

  static func nanoseconds(_ time: timespec) -> Int64 {
    let (seconds, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return time.tv_sec < 0 ? .min : .max }
    return seconds.addingReportingOverflow(Int64(time.tv_nsec)).overflow ? .max : seconds + Int64(time.tv_nsec)
  }
}
