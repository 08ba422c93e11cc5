internal import Glibc

/// Holds the disk budget over a folder that a sandbox writes to: the upper layer of a copy-on-write tree.
///
/// No file system at hand limits a folder without root. So the whole file system's free space is asked for at each tick
/// (one call), and only when it has shrunk by more than is left of the budget is the folder itself added up.
final class DiskWatch {
  private let folder: String
  private let bytes: Int
  private let files: Int
  /// What was free when the folder was last known to be within its budget, and how much it held then.
  private var freeBytes = 0, freeFiles = 0
  private var usedBytes = 0, usedFiles = 0

  /// A file for each 4 KiB of the budget, and never fewer than this.
  private static let fewestFiles = 16_384
  /// Deeper folders count as a budget passed: nothing that is worth keeping lies there.
  private static let deepest = 2_000

  /// - Parameter bytes: How much the folder may hold.
  init(folder: String, bytes: Int) {
    self.folder = folder
    self.bytes = bytes
    files = max(bytes / 4096, Self.fewestFiles)
    (freeBytes, freeFiles) = Self.free(folder)
  }

  /// Whether the folder holds more than it may.
  func isOver() -> Bool {
    let (bytesNow, filesNow) = Self.free(folder)
    let isSuspect = freeBytes - bytesNow > bytes - usedBytes || freeFiles - filesNow > files - usedFiles
    guard isSuspect else { return false }
    guard let (held, count) = measure(), held <= bytes, count <= files else { return true }
    (freeBytes, freeFiles, usedBytes, usedFiles) = (bytesNow, filesNow, held, count)
    return false
  }

  /// What is free, less what this process has freed itself.
  private static func free(_ folder: String) -> (bytes: Int, files: Int) {
    var about = statvfs()
    guard statvfs(folder, &about) == 0 else { return (0, 0) }
    let freed = FreedSpace.now
    return (
      Int(clamping: about.f_bfree) * Int(about.f_frsize) - freed.bytes, Int(clamping: about.f_ffree) - freed.files
    )
  }

  /// Bytes and files below the folder, following no link; nil where it is too deep to say.
  private func measure() -> (bytes: Int, files: Int)? {
    let root = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard root >= 0 else { return (0, 0) }
    var bytes = 0
    var count = 0
    // Each open folder on the way down; names are taken one at a time, so a million of them need no room.
    var open: [OpaquePointer] = [fdopendir(root)].compactMap(\.self)
    defer { for each in open { closedir(each) } }
    while let stream = open.last {
      guard let entry = readdir(stream) else {
        closedir(stream)
        open.removeLast()
        continue
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        Array($0.prefix { $0 != 0 }).map { CChar(bitPattern: $0) } + [0]
      }
      if name == [46, 0] || name == [46, 46, 0] { continue }
      var about = stat()
      guard fstatat(dirfd(stream), name, &about, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      bytes += Int(about.st_blocks) * 512
      count += 1
      if bytes > self.bytes || count > files { return (bytes, count) }
      guard about.st_mode & S_IFMT == S_IFDIR else { continue }
      guard open.count < Self.deepest else { return nil }
      let inner = openat(dirfd(stream), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if inner >= 0, let next = fdopendir(inner) { open.append(next) }
    }
    return (bytes, count)
  }
}
