internal import Glibc
internal import Sandbox

/// What is left of the disk that the state folder lies on.
enum DiskSpace {
  /// With less than this a program that fails may have failed for want of space.
  private static let leastBytes: UInt64 = 1 << 20
  private static let leastFiles: UInt64 = 32

  /// - Throws: Where the disk is full: a verdict that was found meanwhile may be the disk's fault, and is not to be recorded.
  static func require(_ folder: String) throws {
    var about = statvfs()
    guard statvfs(folder, &about) == 0 else { throw SandboxError("look at the disk of", folder, errno: errno) }
    let free = UInt64(about.f_bavail) * UInt64(about.f_frsize)
    // Some file systems have no fixed number of files, and say 0.
    let hasRoomForFiles = about.f_files == 0 || UInt64(about.f_favail) >= leastFiles
    guard free >= leastBytes, hasRoomForFiles else {
      throw SandboxError(
        "go on in", folder,
        "the disk is full, so that programs fail that would not; free some space, then `belljar resume`: nothing is lost"
      )
    }
  }
}
