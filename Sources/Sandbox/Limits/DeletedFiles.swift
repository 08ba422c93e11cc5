internal import CLinux
internal import Glibc

/// Files on a disk that a sandbox's processes hold open or mapped and that have no name any more: no folder tells of them, and
/// they take room until they are closed. Descriptors under way in a socket are not seen (proc(5) has none of them).
struct DeletedFiles {
  private(set) var bytes = 0
  private(set) var files = 0
  private var seen: Set<[UInt]> = []

  /// - Returns: nil where a process that lives doesn't show what it has open.
  init?(below init: Int32) {
    for process in ProcessTree(below: `init`).members where process != `init` {
      let tasks = folderNames("/proc/\(process)/task") ?? []
      for task in tasks {
        // A thread may have descriptors of its own.
        let folder = "/proc/\(process)/task/\(task)/fd"
        guard let names = folderNames(folder) else {
          // The dead have nothing open, and show nothing to an ordinary user.
          if errno == ENOENT || errno == ESRCH || isDead(process, task) { continue }
          return nil
        }
        for name in names { add("\(folder)/\(name)") }
      }
      // Only root may follow these.
      for name in folderNames("/proc/\(process)/map_files") ?? [] { add("/proc/\(process)/map_files/\(name)") }
    }
  }

  private func isDead(_ process: Int32, _ task: String) -> Bool {
    guard let text = readText("/proc/\(process)/task/\(task)/stat"), let end = text.lastIndex(of: ")") else {
      return true
    }
    return "ZX".contains(text[end...].dropFirst(2).first ?? "X")
  }

  private mutating func add(_ path: String) {
    var about = stat()
    guard stat(path, &about) == 0, about.st_mode & S_IFMT == S_IFREG, about.st_nlink == 0 else { return }
    // Files in memory count as memory, or against the size of their tmpfs.
    guard linux_is_in_memory(path) == 0 else { return }
    guard seen.insert([UInt(about.st_dev), UInt(about.st_ino)]).inserted else { return }
    bytes += Int(about.st_blocks) * 512
    files += 1
  }
}
