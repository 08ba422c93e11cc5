internal import Digests
internal import Glibc

/// One reading of an upper folder, folder by folder.
struct UpperReader {
  let root: Descriptor
  let base: Tree
  let store: ObjectStore
  let ignoring: [TreePath]
  let now: Int64
  let fileLimit: Int
  private(set) var changes = Changes()
  private(set) var skipped: [UpperReading.Skipped] = []
  private(set) var unread: [TreePath] = []
  private var folders: [TreePath?] = [nil]
  /// Files and links that were found, and not yet opened: whose contents are wanted is asked once, of all.
  private var files: [(path: TreePath, isLink: Bool)] = []
  /// What went wrong on our side: it ends the reading, where trouble with a path only skips that path.
  private var storeFailure: WorkspaceError?

  init(root: Descriptor, base: Tree, store: ObjectStore, ignoring: [TreePath], now: Int64, fileLimit: Int) {
    self.root = root
    self.base = base
    self.store = store
    self.ignoring = ignoring
    self.now = now
    self.fileLimit = fileLimit
  }

  mutating func readAll(unwanted: UpperLayer.Unwanted) throws(WorkspaceError) {
    try readFolders()
    try readFiles(unwanted: try unwanted(files.map(\.path)))
  }

  private mutating func readFolders() throws(WorkspaceError) {
    while let path = folders.popLast() {
      guard let path else {
        try read(root, at: nil)
        continue
      }
      guard path.parts.count <= UpperLayer.depthLimit else {
        skip(path, "deeper than \(UpperLayer.depthLimit) folders")
        continue
      }
      do throws(WorkspaceError) {
        try read(try openFolder(path), at: path)
      } catch {
        guard error.isOfThePath else { throw error }
        skip(path, "a folder that can't be read: \(error.reason)")
      }
    }
  }

  private mutating func readFiles(unwanted: Set<TreePath>) throws(WorkspaceError) {
    var folder = root
    var opened: TreePath?
    for (path, isLink) in files {
      do throws(WorkspaceError) {
        if path.parent != opened {
          folder = try path.parent.map { parent throws(WorkspaceError) in try openFolder(parent) } ?? root
          opened = path.parent
        }
        let isWanted = !unwanted.contains(path)
        if isLink {
          let link = Entry.Kind.symlink(try folder.linkTarget(Array(path.name)))
          isWanted ? place(link, at: path) : leaveUnread(path, isAsBefore: base[path]?.kind == link)
        } else {
          try readFile(path, in: folder, isWanted: isWanted)
        }
      } catch {
        try leave(path, error)
      }
      if let storeFailure { throw storeFailure }
    }
  }

  /// Goes on without a path that couldn't be read, where the trouble lies there.
  private mutating func leave(_ path: TreePath, _ error: WorkspaceError) throws(WorkspaceError) {
    guard error.isOfThePath else { throw error }
    removeAll(at: path)
    skip(path, "can't be read: \(error.reason)")
  }

  private func openFolder(_ path: TreePath) throws(WorkspaceError) -> Descriptor {
    do throws(WorkspaceError) {
      return try root.folder(beneath: path.bytes).searchable()
    } catch {
      guard error.errorNumber == EACCES else { throw error }
      // Mode 000: the owner may change that. O_PATH asks for no right but the way there.
      let parent =
        try path.parent.map { parent throws(WorkspaceError) in try root.folder(beneath: parent.bytes) } ?? root
      let handle = try parent.open(Array(path.name), FileSystemCalls.openPathOnly | O_DIRECTORY)
      try handle.setMode(0o700)
      return try handle.reopened(O_RDONLY | O_DIRECTORY)
    }
  }

  private mutating func read(_ folder: Descriptor, at path: TreePath?) throws(WorkspaceError) {
    let mark = FileSystemCalls.extendedAttribute(folder.number, "user.overlay.opaque", limit: 8)
    if mark == Array("y".utf8) { removeAll(below: path) }
    for name in try folder.names() {
      guard let child = path.map({ $0.appending(name) }) ?? TreePath(bytes: name) else {
        if let path { skip(path, "holds a name that makes the path too long or is none") }
        continue
      }
      if ignoring.contains(where: { child.isAtOrBelow($0) }) { continue }
      do throws(WorkspaceError) {
        try read(child, name, in: folder)
      } catch {
        try leave(child, error)
      }
    }
  }

  private mutating func read(_ path: TreePath, _ name: [UInt8], in folder: Descriptor) throws(WorkspaceError) {
    let status = try folder.status(of: name)
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      if base[path] != nil { changes.byPath[path] = .remove }
      folders.append(path)
    case S_IFREG, S_IFLNK:
      files.append((path, status.st_mode & S_IFMT == S_IFLNK))
    case S_IFCHR where status.st_rdev == 0:
      removeAll(at: path)
    case let kind:
      removeAll(at: path)
      skip(path, Self.name(kind))
    }
  }

  private mutating func readFile(_ path: TreePath, in folder: Descriptor, isWanted: Bool) throws(WorkspaceError) {
    let name = Array(path.name)
    let file: Descriptor
    do throws(WorkspaceError) {
      file = try folder.open(name, FileSystemCalls.readFlags)
    } catch {
      guard error.errorNumber == EACCES else { throw error }
      let handle = try folder.open(name, FileSystemCalls.openPathOnly)
      let mode = try handle.status().st_mode
      guard mode & S_IFMT == S_IFREG else { throw error }
      try handle.setMode(mode & 0o777 | 0o400)
      file = try handle.reopened(O_RDONLY | O_NONBLOCK)
    }
    let status = try file.status()
    guard status.st_mode & S_IFMT == S_IFREG else {
      removeAll(at: path)
      return skip(path, Self.name(status.st_mode & S_IFMT))
    }
    if status.st_size == 0, FileSystemCalls.extendedAttribute(file.number, "user.overlay.whiteout", limit: 8) != nil {
      return removeAll(at: path)
    }
    guard isWanted else { return leaveUnread(path, isAsBefore: try isAsBefore(path, file, status)) }
    let stored: (digest: Digest, size: Int)?
    do throws(WorkspaceError) {
      let isTooLarge = status.st_size > fileLimit
      stored = isTooLarge ? nil : try store.put(file, expecting: Int(status.st_size), limit: fileLimit)
    } catch {
      storeFailure = error
      return
    }
    guard let (digest, size) = stored else {
      removeAll(at: path)
      return skip(path, "larger than \(fileLimit) bytes")
    }
    if status.st_mode & (S_ISUID | S_ISGID | S_ISVTX) != 0 { skip(path, "setuid, setgid or sticky bit taken away") }
    place(.file(digest, executable: status.st_mode & S_IXUSR != 0, size: size), at: path)
  }

  /// Whether a file holds what the base has at its path.
  private func isAsBefore(_ path: TreePath, _ file: Descriptor, _ status: stat) throws(WorkspaceError) -> Bool {
    guard case .file(let digest, let executable, let size)? = base[path]?.kind, size == Int(status.st_size),
      executable == (status.st_mode & S_IXUSR != 0)
    else { return false }
    return try file.digest() == digest
  }

  private mutating func leaveUnread(_ path: TreePath, isAsBefore: Bool) {
    removeAll(below: path)
    // An opaque folder above may have removed it.
    changes.byPath[path] = nil
    if !isAsBefore { unread.append(path) }
  }

  /// Records a file or link, unless it is as in the base.
  private mutating func place(_ kind: Entry.Kind, at path: TreePath) {
    removeAll(below: path)
    guard let old = base[path] else {
      changes.byPath[path] = .write(Entry(kind, modified: now))
      return
    }
    if old.kind == kind {
      // An opaque folder above may have removed it.
      changes.byPath[path] = nil
      return
    }
    changes.byPath[path] = .write(Entry(kind, modified: Entry.newer(than: old.modified, now: now)))
  }

  private mutating func removeAll(at path: TreePath) {
    if base[path] != nil { changes.byPath[path] = .remove }
    removeAll(below: path)
  }

  private mutating func removeAll(below folder: TreePath?) {
    for item in folder.map({ base.items(below: $0) }) ?? base.items
    where !ignoring.contains(where: { item.path.isAtOrBelow($0) }) {
      changes.byPath[item.path] = .remove
    }
  }

  private mutating func skip(_ path: TreePath, _ reason: String) { skipped.append(.init(path, reason)) }

  private static func name(_ kind: mode_t) -> String {
    switch kind {
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "of an unknown kind"
    }
  }
}

extension WorkspaceError {
  /// Whether the error lies in what was read, and not in the machine or the store: only such a path may be skipped.
  fileprivate var isOfThePath: Bool {
    switch errorNumber {
    case EACCES, EPERM, ELOOP, ENOENT, ENOTDIR, ENXIO, ENAMETOOLONG, ENODEV, EISDIR: true
    default: false
    }
  }
}
