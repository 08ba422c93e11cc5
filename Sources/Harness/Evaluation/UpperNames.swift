internal import CLinux
internal import Glibc
internal import Sandbox
internal import Workspace

/// The names in an overlay's upper folder, without a look at what is in the files.
enum UpperNames {
  struct Entry {
    /// The path below the upper folder, any bytes.
    let path: [UInt8]
    /// The `S_IFMT` bits of what it is.
    let type: mode_t
    var isFolder: Bool { type == S_IFDIR }
    /// Whether lower files below this path are hidden by it.
    let hidesBelow: Bool
  }

  /// All names, parents first. Follows no link.
  ///
  /// - Parameter what: What left them, for a message.
  static func list(_ upper: String, leftBy what: String = "build") throws -> [Entry] {
    var entries: [Entry] = []
    var waiting: [[UInt8]] = [[]]
    while let folder = waiting.popLast() {
      guard let stream = opendir(path(upper, folder)) else {
        throw EvaluationFault.rejected(
          "\(what) left a folder that can't be read: \(String(decoding: folder, as: UTF8.self))")
      }
      defer { closedir(stream) }
      while let item = readdir(stream) {
        let name = withUnsafeBytes(of: &item.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
        if name == [46] || name == [46, 46] { continue }
        let inner = folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name
        // Every path below must stay within what the kernel takes as one path.
        guard inner.count < 3000 else {
          throw EvaluationFault.rejected("\(what) left folders that are nested too deep")
        }
        var about = stat()
        guard lstat(path(upper, inner), &about) == 0 else { continue }
        let isFolder = about.st_mode & S_IFMT == S_IFDIR
        entries.append(
          Entry(
            path: inner, type: about.st_mode & S_IFMT, hidesBelow: !isFolder || isOpaque(path(upper, inner))))
        if isFolder { waiting.append(inner) }
      }
    }
    return entries
  }

  /// The target of a link, as its bytes.
  static func linkTarget(_ upper: String, _ inner: [UInt8]) -> [UInt8] {
    var target = [CChar](repeating: 0, count: 4096)
    let count = readlink(path(upper, inner), &target, target.count)
    return target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
  }

  private static func isOpaque(_ path: [CChar]) -> Bool {
    linux_has_mark(path, "user.overlay.opaque", CChar(UInt8(ascii: "y"))) != 0
  }

  /// Removes all but what the globs keep, and the folders on the way to it.
  static func prune(_ upper: String, entries: [Entry], keeping globs: [Glob]) throws {
    var needed: Set<[UInt8]> = []
    for entry in entries {
      guard let tree = TreePath(bytes: entry.path), globs.contains(where: { $0.matches(tree) }) else { continue }
      var current = entry.path[...]
      while true {
        needed.insert(Array(current))
        guard let slash = current.lastIndex(of: UInt8(ascii: "/")) else { break }
        current = current[..<slash]
      }
    }
    // From the deepest up, so that folders are empty when they are removed.
    for entry in entries.sorted(by: { $0.path.count > $1.path.count }) where !needed.contains(entry.path) {
      let full = path(upper, entry.path)
      if entry.isFolder { rmdir(full) } else { unlink(full) }
    }
  }

  static func path(_ upper: String, _ inner: [UInt8]) -> [CChar] {
    let bytes = Array(upper.utf8) + (inner.isEmpty ? [] : [UInt8(ascii: "/")] + inner) + [0]
    return bytes.map { CChar(bitPattern: $0) }
  }
}
