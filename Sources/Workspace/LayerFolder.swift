internal import CLinux
internal import Digests
internal import Glibc

/// Trees and changes laid out as folders, as overlayfs takes them for layers.
package enum LayerFolder {
  /// Lays a whole tree out. `owner` is who the files are given to (root only).
  package static func materialise(
    tree: Tree, store: ObjectStore, into folder: String, owner: (user: UInt32, group: UInt32)?
  ) throws {
    try Writer(folder: folder, store: store, owner: owner).write(tree.entries.sorted { $0.key < $1.key })
  }

  /// Lays changes out as an overlay layer: files that were written, whiteouts for what was removed.
  package static func materialise(
    changes: Changes, over base: Tree, store: ObjectStore, into folder: String, owner: (user: UInt32, group: UInt32)?
  ) throws {
    let writer = Writer(folder: folder, store: store, owner: owner)
    var written: [(TreePath, Entry)] = []
    for path in changes.paths {
      if case .write(let entry) = changes[path] { written.append((path, entry)) }
    }
    try writer.write(written.map { (key: $0.0, value: $0.1) })
    let kept = Set(written.map(\.0))
    for path in changes.paths where changes[path] == .remove {
      // Where a folder stands at the path now, what was there is shadowed by it already.
      let prefix = path.bytes + [UInt8(ascii: "/")]
      if let inner = kept.first(where: { $0.bytes.starts(with: prefix) }) {
        try writer.makeOpaque(path, because: inner)
      } else if !writer.isShadowed(path, by: kept) {
        try writer.whiteout(path)
      }
    }
  }

  private final class Writer {
    let folder: String
    let store: ObjectStore
    let owner: (user: UInt32, group: UInt32)?
    private var made: Set<[UInt8]> = []

    init(folder: String, store: ObjectStore, owner: (user: UInt32, group: UInt32)?) {
      self.folder = folder
      self.store = store
      self.owner = owner
    }

    func write(_ entries: [(key: TreePath, value: Entry)]) throws {
      if access(folder, F_OK) == 0 { try removeTree(folder) }
      try Files.makeFolder(folder, mode: 0o755)
      chmod(folder, 0o755)
      give(Files.join(folder, ""))
      for (path, entry) in entries {
        try parents(path)
        let full = Files.join(folder, path)
        switch entry.kind {
        case .file(let digest, let executable, _): try file(full, digest, executable, path)
        case .symlink(let target):
          guard symlink(target.map { CChar(bitPattern: $0) } + [0], full) == 0 else { throw failure("link", path) }
        }
        give(full)
        var times = [timespec(), timespec()]
        for index in 0...1 {
          times[index].tv_sec = Int(entry.modified / 1_000_000_000)
          times[index].tv_nsec = Int(entry.modified % 1_000_000_000)
        }
        utimensat(AT_FDCWD, full, times, AT_SYMLINK_NOFOLLOW)
      }
    }

    private func file(_ full: [CChar], _ digest: Digest, _ executable: Bool, _ path: TreePath) throws {
      let source = open(store.path(digest), O_RDONLY | O_CLOEXEC)
      guard source >= 0 else { throw failure("read object of", path) }
      defer { close(source) }
      let target = open(full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard target >= 0 else { throw failure("write", path) }
      defer { close(target) }
      // A reflink where the file system has them, else a copy within the kernel.
      var left = true
      while left {
        let copied = linux_copy_range(source, target, 1 << 30)
        if copied < 0 { throw failure("write", path) }
        left = copied > 0
      }
      fchmod(target, executable ? 0o755 : 0o644)
    }

    private func parents(_ path: TreePath) throws {
      var index = path.bytes.startIndex
      while let slash = path.bytes[index...].firstIndex(of: UInt8(ascii: "/")) {
        let parent = Array(path.bytes[..<slash])
        if made.insert(parent).inserted, let name = TreePath(bytes: parent) {
          let full = Files.join(folder, name)
          guard mkdir(full, 0o755) == 0 || errno == EEXIST else { throw failure("make folder of", path) }
          chmod(full, 0o755)
          give(full)
        }
        index = slash + 1
      }
    }

    /// A character device 0:0, which any user may make since Linux 5.8 (overlayfs).
    func whiteout(_ path: TreePath) throws {
      try parents(path)
      let full = Files.join(folder, path)
      guard mknod(full, S_IFCHR, 0) == 0 || errno == EEXIST else { throw failure("mark removed", path) }
      give(full)
    }

    func makeOpaque(_ path: TreePath, because inner: TreePath) throws {
      guard linux_set_mark(Files.join(folder, path), "user.overlay.opaque", CChar(UInt8(ascii: "y"))) == 0 else {
        throw failure("replace by a folder", path)
      }
    }

    /// Whether a file now stands where the path had a folder above it.
    func isShadowed(_ path: TreePath, by kept: Set<TreePath>) -> Bool {
      kept.contains { path.bytes.starts(with: $0.bytes + [UInt8(ascii: "/")]) }
    }

    private func give(_ full: [CChar]) {
      if let owner { lchown(full, owner.user, owner.group) }
    }

    private func failure(_ action: String, _ path: TreePath) -> WorkspaceError {
      WorkspaceError(action, "\(folder)/\(path)", errno: errno)
    }
  }
}

extension Files {
  /// A host path, NUL-terminated.
  static func join(_ folder: String, _ rest: String) -> [CChar] {
    Array((rest.isEmpty ? folder : "\(folder)/\(rest)").utf8CString)
  }
}
