/// Reads an overlayfs upper folder, mounted with `userxattr`, as hostile input.
///
/// Folders are opened one at a time beneath the root, through no link, so that neither depth nor number of folders
/// costs stack or descriptors; nothing is opened that could block; what is hashed is what is stored.
package enum UpperLayer {
  /// Folders below this many others are not looked into.
  package static let depthLimit = 512

  /// Those of the files and links found, new or the base's, whose contents will not be needed.
  package typealias Unwanted = (_ files: [TreePath]) throws(WorkspaceError) -> Set<TreePath>

  /// Reads the changes, storing what is new.
  ///
  /// A changed file's time is that of ``Entry/newer(than:now:)``.
  ///
  /// - Parameters:
  ///   - folder: The upper folder; nobody else writes to it any more.
  ///   - base: The tree of the layers below.
  ///   - ignoring: Paths left out with all below them (build outputs, caches, mount points).
  ///   - now: The time of changed files, in nanoseconds since 1970.
  ///   - fileLimit: The most bytes of one file.
  ///   - unwanted: Asked once: these files are told of in ``UpperReading/unread`` and not stored, however much they hold.
  package static func read(
    folder: String, base: Tree, store: ObjectStore, ignoring: [TreePath] = [], now: Int64, fileLimit: Int = 256 << 20,
    unwanted: Unwanted = { _ in [] }
  ) throws(WorkspaceError) -> UpperReading {
    var reader = UpperReader(
      root: try Descriptor.ownFolder(folder), base: base, store: store, ignoring: ignoring, now: now,
      fileLimit: fileLimit)
    try reader.readAll(unwanted: unwanted)
    return UpperReading(
      changes: reader.changes, unread: reader.unread, skipped: reader.skipped.sorted { $0.path < $1.path })
  }
}
