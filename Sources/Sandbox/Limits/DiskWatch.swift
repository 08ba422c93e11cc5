internal import CLinux
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

  /// Whether the folder holds more than it may, together with what has no name there any more but is still open.
  ///
  /// - Parameter init: The sandbox's first process; -1 where all are dead, and nothing is open.
  func isOver(below init: Int32) -> Bool {
    let (bytesNow, filesNow) = Self.free(folder)
    let (fewerBytes, fewerFiles) = (freeBytes - bytesNow, freeFiles - filesNow)
    guard fewerBytes > bytes - usedBytes || fewerFiles > files - usedFiles else { return false }
    guard var (held, count) = measure(), held <= bytes, count <= files else { return true }
    // What the names don't account for may be others' on the same file system, or lie in files that were deleted.
    if `init` > 0, fewerBytes - (held - usedBytes) > bytes - held || fewerFiles - (count - usedFiles) > files - count {
      guard let hidden = DeletedFiles(below: `init`) else { return true }
      held += hidden.bytes
      count += hidden.files
      if held > bytes || count > files { return true }
    }
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

  /// Bytes and files below the folder, following no link; nil where that can't be said.
  private func measure() -> (bytes: Int, files: Int)? {
    guard let top = OpenedFolder(AT_FDCWD, folder) else { return nil }
    var bytes = 0
    var count = 0
    // Each open folder on the way down; names are taken one at a time, so a million of them need no room.
    var open = [top]
    while let folder = open.last {
      guard let entry = readdir(folder.stream) else {
        open.removeLast()
        continue
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        Array($0.prefix { $0 != 0 }).map { CChar(bitPattern: $0) } + [0]
      }
      if name == [46, 0] || name == [46, 46, 0] { continue }
      var about = stat()
      guard fstatat(dirfd(folder.stream), name, &about, AT_SYMLINK_NOFOLLOW) == 0 else {
        // It is gone meanwhile; anything else would leave out what is there.
        if errno == ENOENT { continue }
        return nil
      }
      bytes += Int(about.st_blocks) * 512
      count += 1
      if bytes > self.bytes || count > files { return (bytes, count) }
      guard about.st_mode & S_IFMT == S_IFDIR else { continue }
      guard open.count < Self.deepest else { return nil }
      guard let inner = OpenedFolder(dirfd(folder.stream), name) else {
        // Gone, or something else by now.
        if errno == ENOENT || errno == ENOTDIR || errno == ELOOP { continue }
        return nil
      }
      open.append(inner)
    }
    return (bytes, count)
  }
}

/// A folder of a program's that is read while the program runs, also where its owner may not: what it forbids itself is not
/// hidden from us. Its mode is put back at the end.
private final class OpenedFolder {
  let stream: OpaquePointer
  /// The folder and the mode to put back; nil where it was left as it was.
  private let changed: (handle: Int32, mode: mode_t)?

  /// - Returns: nil where it can't be opened; errno says why.
  init?(_ parent: Int32, _ name: [CChar]) {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    var readable = openat(parent, name, flags | O_NOFOLLOW)
    guard readable >= 0 || errno == EACCES else { return nil }
    var about = stat()
    var changed: (handle: Int32, mode: mode_t)?
    if readable < 0 || geteuid() != 0 && (fstat(readable, &about) != 0 || about.st_mode & 0o500 != 0o500) {
      if readable >= 0 { close(readable) }
      // By a descriptor, not by the name, which the program may give to a link meanwhile.
      let handle = openat(parent, name, linux_o_path | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard handle >= 0, fstat(handle, &about) == 0 else {
        let number = errno
        if handle >= 0 { close(handle) }
        errno = number
        return nil
      }
      chmod("/proc/self/fd/\(handle)", about.st_mode & 0o7777 | 0o500)
      changed = (handle, about.st_mode & 0o7777)
      readable = openat(handle, ".", flags)
    }
    guard readable >= 0, let stream = fdopendir(readable) else {
      let number = errno
      if readable >= 0 { close(readable) }
      if let changed { close(changed.handle) }
      errno = number
      return nil
    }
    self.stream = stream
    self.changed = changed
  }

  convenience init?(_ parent: Int32, _ path: String) { self.init(parent, Array(path.utf8CString)) }

  deinit {
    closedir(stream)
    guard let changed else { return }
    chmod("/proc/self/fd/\(changed.handle)", changed.mode)
    close(changed.handle)
  }
}
