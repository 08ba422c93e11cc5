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

  static func put(_ text: String, at path: String, mode: mode_t = 0o644) {
    _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
    chmod(path, mode)
  }
}
