internal import CLinux
internal import Glibc

/// The few calls on files that this room needs, each with one loop for EINTR.
enum Files {
  /// A host folder's path with a tree path below it, NUL-terminated.
  static func join(_ folder: String, _ path: TreePath) -> [CChar] {
    (Array(folder.utf8) + [UInt8(ascii: "/")] + path.bytes + [0]).map { CChar(bitPattern: $0) }
  }

  static func readAll(_ descriptor: Int32, size: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: size)
    var done = 0
    while done < size {
      let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress.map { $0 + done }, size - done) }
      if got < 0, errno == EINTR { continue }
      if got < 0 { return nil }
      if got == 0 { break }
      done += got
    }
    return Array(bytes[0..<done])
  }

  static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done) }
      if written < 0, errno == EINTR { continue }
      if written <= 0 { return false }
      done += written
    }
    return true
  }

  /// Opens a regular file below a folder, following no link on the way and blocking on nothing.
  static func openRegular(_ root: Int32, _ path: TreePath) -> (descriptor: Int32, about: stat)? {
    var current = root
    var owned = false
    defer { if owned { close(current) } }
    let parts = path.bytes.split(separator: UInt8(ascii: "/")).map { $0.map { CChar(bitPattern: $0) } + [0] }
    for part in parts.dropLast() {
      let next = openat(current, part, linux_o_path | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if owned { close(current) }
      owned = false
      guard next >= 0 else { return nil }
      current = next
      owned = true
    }
    guard let last = parts.last else { return nil }
    let descriptor = openat(current, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var about = stat()
    guard fstat(descriptor, &about) == 0, about.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      return nil
    }
    return (descriptor, about)
  }

  static func linkTarget(_ path: [CChar]) -> [UInt8]? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink(path, &buffer, buffer.count)
    return length > 0 ? buffer[0..<length].map { UInt8(bitPattern: $0) } : nil
  }

  /// The names in a folder, without `.` and `..`; nil where it can't be read.
  static func names(_ path: [CChar]) -> [[UInt8]]? {
    guard let stream = opendir(path) else { return nil }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let item = readdir(stream) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name != [46], name != [46, 46] { names.append(name) }
    }
    return names
  }

  static func modified(_ about: stat) -> Int64 {
    Int64(about.st_mtim.tv_sec) * 1_000_000_000 + Int64(about.st_mtim.tv_nsec)
  }

  /// Makes a folder with its parents.
  static func makeFolder(_ path: String, mode: mode_t) throws {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/\(part)"
      var about = stat()
      if mkdir(made, mode) != 0, stat(made, &about) != 0 {
        throw WorkspaceError("make folder", made, errno: errno)
      }
    }
  }
}

/// Removes a file or a folder with all in it, also where folders inside may not be entered. Follows no link.
package func removeTree(_ path: String) throws {
  var waiting: [[UInt8]] = [Array(path.utf8)]
  var folders: [[UInt8]] = []
  while let next = waiting.popLast() {
    let name = next.map { CChar(bitPattern: $0) } + [0]
    if unlink(name) == 0 || errno == ENOENT { continue }
    guard errno == EISDIR || errno == EPERM else {
      throw WorkspaceError("remove", String(decoding: next, as: UTF8.self), errno: errno)
    }
    folders.append(next)
    if next.count > 3500 {
      try removeDeep(next)
      continue
    }
    var names = Files.names(name)
    if names == nil {
      chmod(name, 0o700)
      names = Files.names(name)
    }
    for inner in names ?? [] { waiting.append(next + [UInt8(ascii: "/")] + inner) }
  }
  for folder in folders.reversed() {
    let name = folder.map { CChar(bitPattern: $0) } + [0]
    if rmdir(name) == 0 || errno == ENOENT { continue }
    // A folder in one that may not be written.
    if let slash = folder.lastIndex(of: UInt8(ascii: "/")) {
      chmod(folder[..<slash].map { CChar(bitPattern: $0) } + [0], 0o700)
    }
    guard rmdir(name) == 0 || errno == ENOENT else {
      throw WorkspaceError("remove", String(decoding: folder, as: UTF8.self), errno: errno)
    }
  }
}

/// Paths longer than the kernel takes: the folder's own subfolders are moved up beside it, and removed from there.
private func removeDeep(_ path: [UInt8]) throws {
  let name = path.map { CChar(bitPattern: $0) } + [0]
  let base = String(decoding: path.prefix { $0 != 0 }.prefix(1), as: UTF8.self)
  guard base == "/" else { throw WorkspaceError("remove", "a deep folder", "only absolute paths") }
  var parts = path.split(separator: UInt8(ascii: "/"))
  parts.removeLast(max(0, parts.count - 4))
  let shallow = parts.reduce(into: [UInt8]()) { $0 += [UInt8(ascii: "/")] + $1 }
  for (index, inner) in (Files.names(name) ?? []).enumerated() {
    let from = (path + [UInt8(ascii: "/")] + inner).map { CChar(bitPattern: $0) } + [0]
    let target = shallow + Array("/deep-\(getpid())-\(path.count)-\(index)".utf8)
    guard rename(from, target.map { CChar(bitPattern: $0) } + [0]) == 0 else {
      throw WorkspaceError("remove", "a deep folder", errno: errno)
    }
    try removeTree(String(decoding: target, as: UTF8.self))
  }
}
