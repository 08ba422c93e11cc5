internal import CLinux
internal import Glibc

/// What an agent changed, read from the upper folder of its overlay as hostile input.
package struct UpperReading: Sendable {
  package var changes = Changes()
  /// What could not be taken up, and why.
  package var skipped: [(path: TreePath, reason: String)] = []
}

package enum UpperLayer {
  /// The most bytes of one file that is taken up.
  private static let largest = 256 << 20
  private static let deepest = 3000

  /// Reads an upper folder (overlayfs with `userxattr`): files, whiteouts, opaque folders. Follows no link, opens nothing
  /// but regular files, and never blocks.
  package static func read(
    dir: String, base: Tree, store: ObjectStore, ignoring: [TreePath], now: Int64
  ) throws -> UpperReading {
    var reading = UpperReading()
    let root = open(dir, linux_o_path | O_DIRECTORY | O_CLOEXEC)
    guard root >= 0 else { throw WorkspaceError("open", dir, errno: errno) }
    defer { close(root) }
    var waiting: [[UInt8]] = [[]]
    while let folder = waiting.popLast() {
      let full = Array(dir.utf8) + (folder.isEmpty ? [] : [UInt8(ascii: "/")] + folder) + [0]
      let name = full.map { CChar(bitPattern: $0) }
      var names = Files.names(name)
      if names == nil {
        chmod(name, 0o700)
        names = Files.names(name)
      }
      guard let names else {
        if let path = TreePath(bytes: folder) { reading.skipped.append((path, "a folder that can't be read")) }
        continue
      }
      for each in names {
        let inner = folder.isEmpty ? each : folder + [UInt8(ascii: "/")] + each
        guard let path = TreePath(bytes: inner) else { continue }
        if ignoring.contains(where: { path == $0 || path.bytes.starts(with: $0.bytes + [UInt8(ascii: "/")]) }) {
          continue
        }
        guard inner.count < deepest else {
          reading.skipped.append((path, "nested too deep"))
          continue
        }
        if try take(path, dir, root, base, store, now, &reading) { waiting.append(inner) }
      }
    }
    return reading
  }

  /// Takes one name up. True for a folder that is to be entered.
  private static func take(
    _ path: TreePath, _ dir: String, _ root: Int32, _ base: Tree, _ store: ObjectStore, _ now: Int64,
    _ reading: inout UpperReading
  ) throws -> Bool {
    let full = Files.join(dir, path)
    var about = stat()
    guard lstat(full, &about) == 0 else { return false }
    let old = base.entries[path]
    switch about.st_mode & S_IFMT {
    case S_IFDIR:
      if old != nil { reading.changes[path] = .remove }
      if isOpaque(full) { removeAll(below: path, base, &reading) }
      return true
    case S_IFCHR where about.st_rdev == 0:
      if old != nil { reading.changes[path] = .remove } else { removeAll(below: path, base, &reading) }
    case S_IFREG:
      guard about.st_size <= largest else {
        reading.skipped.append((path, "larger than \(largest) bytes"))
        return false
      }
      var opened = Files.openRegular(root, path)
      if opened == nil {
        chmod(full, 0o600)
        opened = Files.openRegular(root, path)
      }
      guard let (descriptor, now2) = opened, let bytes = Files.readAll(descriptor, size: Int(now2.st_size)) else {
        if let (descriptor, _) = opened { close(descriptor) }
        reading.skipped.append((path, "can't be read"))
        return false
      }
      close(descriptor)
      removeAll(below: path, base, &reading)
      let kind = Entry.Kind.file(try store.put(bytes), executable: about.st_mode & 0o100 != 0, size: bytes.count)
      if old?.kind != kind {
        reading.changes[path] = .write(Entry(kind: kind, modified: Entry.newer(than: old?.modified, now: now)))
      }
    case S_IFLNK:
      removeAll(below: path, base, &reading)
      guard let target = Files.linkTarget(full) else { return false }
      if old?.kind != .symlink(target) {
        reading.changes[path] = .write(
          Entry(kind: .symlink(target), modified: Entry.newer(than: old?.modified, now: now)))
      }
    default: reading.skipped.append((path, "a pipe, socket or device"))
    }
    return false
  }

  /// What stood below a path that is now something else, or an opaque folder, is gone.
  private static func removeAll(below path: TreePath, _ base: Tree, _ reading: inout UpperReading) {
    let prefix = path.bytes + [UInt8(ascii: "/")]
    for inner in base.entries.keys where inner.bytes.starts(with: prefix) && reading.changes[inner] == nil {
      reading.changes[inner] = .remove
    }
  }

  private static func isOpaque(_ path: [CChar]) -> Bool {
    linux_has_mark(path, "user.overlay.opaque", CChar(UInt8(ascii: "y"))) != 0
  }
}
