internal import Glibc

/// Folders of a host that hold a tree, or a layer over one, for a sandbox to mount.
package enum LayerFolder {
  /// Writes all files of a tree: copies (block-sharing where the file system can), because time, mode and owner are the
  /// layer's own.
  ///
  /// - Parameters:
  ///   - owner: Whom the files are given to; only root can.
  ///   - sharesObjects: Whether files may be hard links to objects that have the right time, mode and owner. Only for a folder
  ///     that nobody ever writes to: a lower layer, or one that is mounted read-only.
  package static func materialise(
    tree: Tree, store: ObjectStore, into folder: String, owner: Owner? = nil, sharesObjects: Bool = false
  ) throws(WorkspaceError) {
    var writer = try LayerWriter(into: folder, store: store, owner: owner, sharesObjects: sharesObjects)
    for item in tree.items { try writer.write(item.path, item.entry) }
  }

  /// Writes changes as an overlayfs layer: the files, whiteouts for what is removed, and opaque folders where the lower tree has
  /// a file. To be mounted with `userxattr`.
  ///
  /// - Parameters:
  ///   - base: The tree of the layers below; nil where it isn't known, then every removal gets a whiteout.
  ///   - dropEmptyFolders: Whether a folder that the changes leave without a file is whited out as a whole. Off, where a layer
  ///     below has files there that are in no tree (what the setup made).
  package static func materialise(
    changes: Changes, over base: Tree?, store: ObjectStore, into folder: String, owner: Owner? = nil,
    dropEmptyFolders: Bool = false
  ) throws(WorkspaceError) {
    var writer = try LayerWriter(into: folder, store: store, owner: owner)
    let result = dropEmptyFolders ? base?.applying(changes) : nil
    var folders: Set<TreePath> = []
    for (path, change) in changes.byPath where change != .remove {
      for ancestor in path.ancestors where !folders.insert(ancestor).inserted { break }
    }
    var whitedOut: Set<TreePath> = []
    for (path, change) in changes.sorted {
      switch change {
      case .write(let entry):
        for ancestor in path.ancestors where base?[ancestor] != nil || changes.byPath[ancestor] == .remove {
          try writer.makeOpaque(ancestor)
        }
        try writer.write(path, entry)
      case .remove:
        if let base, base[path] == nil { continue }
        // A folder takes its place, and is opaque; or a file takes the place of a folder above, and hides it all.
        if folders.contains(path) || path.ancestors.contains(where: { changes.writes($0) }) { continue }
        let place = emptied(path, base, result)
        if whitedOut.insert(place).inserted { try writer.whiteOut(place) }
      }
    }
  }

  /// Makes an empty folder or file for something to be mounted on, where there is nothing yet.
  ///
  /// The tree's own links are not followed: one that stands on the way, or a file, leaves the place unmade.
  package static func makePlace(_ path: TreePath, isFolder: Bool, in folder: String) throws(WorkspaceError) {
    var here = try Descriptor.folder(folder)
    var names = path.parts.map(Array.init)
    let last = isFolder ? nil : names.popLast()
    do throws(WorkspaceError) {
      for name in names { here = try here.madeFolder(name) }
      if let last { _ = try here.open(last, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644) }
    } catch {
      let taken: Set<Int32> = [EEXIST, ENOTDIR, ELOOP]
      guard let number = error.errorNumber, taken.contains(number) else { throw error }
    }
  }

  /// The highest folder above a removed path that has nothing left; the path itself where there is none.
  private static func emptied(_ path: TreePath, _ base: Tree?, _ result: Tree?) -> TreePath {
    guard let base, let result else { return path }
    return path.ancestors.reduce(path) { base.isFolder($1) && !result.isFolder($1) ? $1 : $0 }
  }
}

extension Changes {
  fileprivate func writes(_ path: TreePath) -> Bool {
    if case .write? = byPath[path] { true } else { false }
  }
}

extension Descriptor {
  /// A folder directly in this one, made where there is none.
  fileprivate func madeFolder(_ name: [UInt8]) throws(WorkspaceError) -> Descriptor {
    do throws(WorkspaceError) {
      try FileSystemCalls.retrying("make the folder", EscapedBytes.text(name)) {
        FileSystemCalls.withBytes(name) { mkdirat(number, $0, 0o755) }
      }
    } catch {
      guard error.errorNumber == EEXIST else { throw error }
    }
    return try open(name, FileSystemCalls.folderFlags)
  }
}
