internal import Glibc

/// A folder for one process's life below a state folder; what a killed process left is removed at the next start.
package final class ScratchFolder: Sendable {
  package let path: String

  package init(under state: String) throws {
    path = "\(state)/scratch/\(getpid())-\(Self.startTime(of: getpid()) ?? "0")"
    try Files.makeFolder(path, mode: 0o700)
  }

  deinit {
    // Nobody is left to tell; what can't be removed now is tried again at the next start.
    do { try removeTree(path) } catch {}
  }

  /// Removes the folders of processes that are gone.
  package static func reclaim(_ state: String) throws {
    let folder = "\(state)/scratch"
    for name in Files.names(Files.join(folder, "")) ?? [] {
      let text = String(decoding: name, as: UTF8.self)
      let parts = text.split(separator: "-")
      guard parts.count == 2, let pid = Int32(parts[0]), startTime(of: pid) != String(parts[1]) else { continue }
      try removeTree("\(folder)/\(text)")
    }
  }

  private static func startTime(of pid: Int32) -> String? {
    let descriptor = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let bytes = Files.readAll(descriptor, size: 4096) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    // A zombie holds nothing any more: whoever should reap it is late.
    return fields.count > 19 && fields[0] != "Z" ? String(fields[19]) : nil
  }
}
