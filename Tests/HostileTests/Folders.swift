import CLinux
import Foundation
import Synchronization
import Testing

/// Temporary folders that are gone at the end of the test process.
enum Folders {
  private static let made = Mutex<[String]>([])
  private static let removal: Void = {
    atexit { for path in Folders.made.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) } }
  }()

  static func make(mode: mode_t = 0o755) throws -> String {
    _ = removal
    let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
    let path = "\(base)/belljar-hostile-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try #require(mkdir(path, 0o755) == 0)
    chmod(path, mode)
    made.withLock { $0.append(path) }
    return path
  }

  /// Whether overlays can lie there: a tmpfs takes the user attributes that they need since Linux 6.6.
  static let takesLayers: Bool = {
    guard let path = try? make() else { return false }
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(folder) }
    return linux_set_attribute(folder, "user.belljar", "", 0) == 0
  }()

  static func put(_ text: String, at path: String, mode: mode_t = 0o644) {
    _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
    chmod(path, mode)
  }
}
