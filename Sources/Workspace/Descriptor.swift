internal import Digests
internal import Glibc

/// An open file or folder, closed with its last holder.
///
/// Every call is a method, so that the number can't outlive the descriptor.
final class Descriptor: Sendable {
  let number: Int32

  init(owning number: Int32) { self.number = number }
  deinit { close(number) }

  /// Opens a folder of the host by its path; the path itself is the user's, so links in it are followed.
  static func folder(_ path: String) throws(WorkspaceError) -> Descriptor {
    Descriptor(
      owning: try FileSystemCalls.retrying("open the folder", path) {
        Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      })
  }

  /// Opens a folder of ours whose mode a program may have changed to 000.
  static func ownFolder(_ path: String) throws(WorkspaceError) -> Descriptor {
    do throws(WorkspaceError) {
      return try folder(path).searchable()
    } catch {
      guard error.errorNumber == EACCES else { throw error }
      let handle = Descriptor(
        owning: try FileSystemCalls.retrying("open the folder", path) {
          Glibc.open(path, FileSystemCalls.openPathOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        })
      try handle.setMode(0o700)
      return try handle.reopened(O_RDONLY | O_DIRECTORY)
    }
  }

  /// This folder, made searchable where its mode has reading without that: its names could be listed but not looked at.
  func searchable() throws(WorkspaceError) -> Descriptor {
    if try status().st_mode & S_IXUSR == 0 { try setMode(0o700) }
    return self
  }

  /// Opens something directly in this folder: `openat(2)`, no link followed.
  func open(_ name: [UInt8], _ flags: Int32, mode: mode_t = 0) throws(WorkspaceError) -> Descriptor {
    Descriptor(
      owning: try FileSystemCalls.retrying("open", shown(name)) {
        FileSystemCalls.withBytes(name) { openat(number, $0, flags | O_NOFOLLOW | O_CLOEXEC, mode) }
      })
  }

  /// Opens a folder anywhere below this one, following no link at any part of the way.
  func folder(beneath path: [UInt8]) throws(WorkspaceError) -> Descriptor {
    for _ in 0..<16 {
      do throws(WorkspaceError) {
        return Descriptor(
          owning: try FileSystemCalls.retrying("open the folder", shown(path)) {
            FileSystemCalls.openBeneath(number, path, flags: FileSystemCalls.folderFlags)
          })
      } catch {
        // EAGAIN: something was renamed meanwhile; ENOSYS, EPERM: a filter around us doesn't know openat2.
        if error.errorNumber == EAGAIN { continue }
        if error.errorNumber == ENOSYS || error.errorNumber == EPERM { return try folder(stepwise: path) }
        throw error
      }
    }
    return try folder(stepwise: path)
  }

  private func folder(stepwise path: [UInt8]) throws(WorkspaceError) -> Descriptor {
    var here = self
    for part in path.split(separator: UInt8(ascii: "/")) {
      here = try here.open(Array(part), FileSystemCalls.folderFlags)
    }
    return here
  }

  /// `fstat(2)`.
  func status() throws(WorkspaceError) -> stat {
    var status = stat()
    try FileSystemCalls.retrying("look at", "descriptor \(number)") { fstat(number, &status) }
    return status
  }

  /// `fstatat(2)` of a name in this folder, of the link itself where it is one.
  func status(of name: [UInt8]) throws(WorkspaceError) -> stat {
    var status = stat()
    try FileSystemCalls.retrying("look at", shown(name)) {
      FileSystemCalls.withBytes(name) { fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) }
    }
    return status
  }

  /// The target of a link in this folder.
  func linkTarget(_ name: [UInt8]) throws(WorkspaceError) -> [UInt8] {
    var target = [UInt8](repeating: 0, count: 4096)
    let count = try FileSystemCalls.retrying("read the link", shown(name)) {
      FileSystemCalls.withBytes(name) { name in
        target.withUnsafeMutableBytes { buffer in
          buffer.withMemoryRebound(to: CChar.self) { text -> Int in
            guard let start = text.baseAddress else { return 0 }
            return readlinkat(number, name, start, text.count)
          }
        }
      }
    }
    return Array(target[..<count])
  }

  /// The names in this folder but `.` and `..`, in the order of their bytes.
  func names() throws(WorkspaceError) -> [[UInt8]] { try members().map(\.name) }

  /// The names in this folder but `.` and `..`, in the order of their bytes, each with the `S_IFMT` bits of what it names; 0
  /// where the file system doesn't tell.
  func members() throws(WorkspaceError) -> [(name: [UInt8], type: mode_t)] {
    let copy = try FileSystemCalls.retrying("list", "descriptor \(number)") {
      openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    guard let stream = fdopendir(copy) else {
      let error = WorkspaceError("list", "descriptor \(number)", errno: errno)
      close(copy)
      throw error
    }
    defer { closedir(stream) }
    var members: [(name: [UInt8], type: mode_t)] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw WorkspaceError("list", "descriptor \(number)", errno: errno) }
        break
      }
      let name = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 19)
      let bytes = Array(UnsafeRawBufferPointer(start: name, count: strlen(name.assumingMemoryBound(to: CChar.self))))
      if bytes.elementsEqual(".".utf8) || bytes.elementsEqual("..".utf8) { continue }
      // DTTOIF(3): d_type is the file type's four bits.
      members.append((bytes, mode_t(entry.pointee.d_type) << 12))
    }
    return members.sorted { $0.name.lexicographicallyPrecedes($1.name) }
  }

  /// Reads up to the buffer's size; 0 is the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(WorkspaceError) -> Int {
    try FileSystemCalls.retrying("read", "descriptor \(number)") {
      Glibc.read(number, buffer.baseAddress, buffer.count)
    }
  }

  /// Reads from here to the end, or until more than `limit` bytes have come.
  func readAll(expecting size: Int, limit: Int = .max) throws(WorkspaceError) -> [UInt8] {
    var bytes: [UInt8] = []
    var failure: WorkspaceError?
    var room = max(min(size, 64 << 20), 0) + 1
    while true {
      let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        do throws(WorkspaceError) {
          count = try read(into: UnsafeMutableRawBufferPointer(buffer))
        } catch {
          failure = error
          count = 0
        }
      }
      if let failure { throw failure }
      if piece.isEmpty { return bytes }
      if bytes.isEmpty { bytes = piece } else { bytes += piece }
      if bytes.count > limit { return bytes }
      room = max(room - piece.count, 65536)
    }
  }

  /// The digest of what lies from here to the end.
  func digest() throws(WorkspaceError) -> Digest {
    var hasher = Hasher256()
    while true {
      let piece = try readAll(expecting: 1 << 20, limit: 1 << 20)
      if piece.isEmpty { return hasher.finish() }
      piece.withUnsafeBytes { hasher.update($0) }
    }
  }

  /// Writes all of it.
  func write(_ bytes: UnsafeRawBufferPointer) throws(WorkspaceError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let count = try FileSystemCalls.retrying("write", "descriptor \(number)") {
        Glibc.write(number, piece.baseAddress, piece.count)
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Writes all of it.
  func write(_ bytes: [UInt8]) throws(WorkspaceError) {
    try bytes.withUnsafeBytes { buffer in
      Result { () throws(WorkspaceError) in try write(buffer) }
    }.get()
  }

  /// Changes the mode of what this descriptor stands for, also of one opened with O_PATH, for which fchmod(2) answers
  /// EBADF: its name under /proc/self/fd can't be swapped for a link.
  func setMode(_ mode: mode_t) throws(WorkspaceError) {
    try FileSystemCalls.retrying("change the mode of", "descriptor \(number)") {
      chmod("/proc/self/fd/\(number)", mode)
    }
  }

  /// Opens anew, with other flags, what this descriptor stands for.
  func reopened(_ flags: Int32) throws(WorkspaceError) -> Descriptor {
    Descriptor(
      owning: try FileSystemCalls.retrying("open again", "descriptor \(number)") {
        Glibc.open("/proc/self/fd/\(number)", flags | O_CLOEXEC)
      })
  }

  private func shown(_ name: [UInt8]) -> String { TreePath(bytes: name)?.description ?? EscapedBytes.text(name) }
}
