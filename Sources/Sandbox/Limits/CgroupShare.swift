internal import Glibc
internal import Synchronization

/// A folder above those of all sandboxes, which holds the memory that they use together.
extension Cgroups {
  /// Makes the folder. What is made from now on lies below it.
  func hold(memory bytes: Int) throws {
    removeAll()
    let folder = try shareFolder
    guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
      throw SandboxError("make a cgroup for all sandboxes at", folder, errno: errno)
    }
    let limits: [(file: String, value: String, isNeeded: Bool)]
    let below: Version
    switch found {
    case .v1(_, let pids, let cpu):
      // Older kernels can leave out of a folder's sum what lies below it.
      limits = [
        ("memory.use_hierarchy", "1", false), ("memory.limit_in_bytes", "\(bytes)", true),
        ("memory.memsw.limit_in_bytes", "\(bytes)", false),
      ]
      below = .v1(memory: folder, pids: pids, cpu: cpu)
    case .v2:
      limits = [
        ("memory.max", "\(bytes)", true), ("memory.swap.max", "0", false),
        ("cgroup.subtree_control", "+memory +pids", true),
      ]
      below = .v2(folder)
    }
    for (file, value, isNeeded) in limits where !writeFile("\(folder)/\(file)", value) && isNeeded {
      let number = errno
      rmdir(folder)
      throw SandboxError("hold the memory of all sandboxes by", "\(folder)/\(file)", errno: number)
    }
    held.withLock { $0 = below }
  }

  /// Removes the folder, when all sandboxes have ended.
  func release() {
    removeAll()
    held.withLock { $0 = nil }
    if let folder = try? shareFolder { Cgroup.remove(folder) }
  }

  private var shareFolder: String {
    get throws {
      let parent =
        switch found {
        case .v1(let memory, _, _): memory
        case .v2(let folder): folder
        }
      guard let start = Self.startTime(of: getpid()) else {
        throw SandboxError("name a cgroup in", parent, "/proc/self/stat can't be read")
      }
      return "\(parent)/belljar-\(getpid())-\(start)-share"
    }
  }
}
