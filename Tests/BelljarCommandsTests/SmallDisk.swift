import Glibc
import Workspace

/// A file system in memory that can be filled to its last byte, and is gone with this object.
final class SmallDisk {
  let path: String

  /// - Parameter size: As mount(8) takes it, such as `24m`.
  init(_ path: String, size: String) throws {
    self.path = path
    guard mkdir(path, 0o755) == 0, mount("tmpfs", path, "tmpfs", 0, "size=\(size),mode=0755") == 0 else {
      throw ProgramError("mount a tmpfs at \(path)")
    }
  }

  deinit {
    umount2(path, Int32(MNT_DETACH))
    rmdir(path)
  }

  /// Whether one can be had here that overlays can lie on, which takes root and Linux 6.6.
  static let isThere: Bool = {
    let path = "/tmp/belljar-small-disk-\(getpid())"
    guard getuid() == 0, let disk = try? SmallDisk(path, size: "1m") else { return false }
    return (try? ScratchFolder(stateFolder: disk.path)) != nil
  }()

  /// Leaves no byte free, until `empty`.
  func fill() throws {
    let file = open("\(path)/fill", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw ProgramError("open \(path)/fill") }
    defer { close(file) }
    for size in [1 << 20, 1 << 12] {
      let zeros = [UInt8](repeating: 0, count: size)
      while write(file, zeros, size) == size {}
    }
  }

  func empty() { unlink("\(path)/fill") }
}
