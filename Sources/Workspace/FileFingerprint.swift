internal import Glibc

/// What tells that a file was not written since it was read (`lstat(2)`): no program can set the time of the last change.
struct FileFingerprint: Equatable {
  let device: UInt64
  let inode: UInt64
  let size: Int64
  let modified: Int64
  let changed: Int64
  let mode: UInt32

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    modified = status.modifiedNanoseconds
    changed = status.changedNanoseconds
    mode = status.st_mode
  }

  /// The fingerprint of some ``numbers``.
  init(_ numbers: [UInt64]) {
    device = numbers[0]
    inode = numbers[1]
    size = Int64(bitPattern: numbers[2])
    modified = Int64(bitPattern: numbers[3])
    changed = Int64(bitPattern: numbers[4])
    mode = UInt32(truncatingIfNeeded: numbers[5])
  }

  /// All of it, for storing.
  var numbers: [UInt64] {
    [device, inode, UInt64(bitPattern: size), UInt64(bitPattern: modified), UInt64(bitPattern: changed), UInt64(mode)]
  }

  /// Whether a write after a moment would show in the times for sure. File systems keep them in steps of up to 2 s, so a file
  /// that was changed just before it was read may be changed again without a trace ("racily clean", as git has it).
  func isSettled(at moment: Int64) -> Bool {
    let (limit, overflow) = moment.subtractingReportingOverflow(2_000_000_000)
    return !overflow && max(modified, changed) < limit
  }
}

extension stat {
  /// `st_ctim` in nanoseconds since 1970.
  fileprivate var changedNanoseconds: Int64 { Self.nanoseconds(st_ctim) }
}
