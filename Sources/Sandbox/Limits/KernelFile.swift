internal import Glibc
internal import Synchronization

/// A file of the kernel's that is read or written at every launch: opened once, and then one call each time.
final class KernelFile: Sendable {
  private let path: String
  private let mode: Int32
  /// -1 until it is opened.
  private let opened = Mutex<Int32>(-1)

  init(_ path: String, _ mode: Int32) {
    self.path = path
    self.mode = mode
  }

  deinit {
    let fd = opened.withLock { $0 }
    if fd >= 0 { close(fd) }
  }

  /// Its descriptor, which stays its own, or -1 where it can't be opened.
  var descriptor: Int32 {
    opened.withLock { kept in
      if kept < 0 { kept = retrying { open(path, mode | O_CLOEXEC) } }
      return kept
    }
  }

  /// What it holds now, at most 4 KiB.
  func read() -> Fields? {
    let fd = descriptor
    guard fd >= 0 else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      let got = retrying { pread(fd, buffer.baseAddress, 4096, 0) }
      return got < 0 ? nil : Fields(Array(buffer[0..<got]))
    }
  }

  /// Its one number.
  var number: Int? {
    guard var fields = read() else { return nil }
    return fields.next("\n")?.number
  }

  /// The number behind a key, of a file of such lines; 0 where there is none.
  func number(of key: String) -> Int {
    guard var lines = read() else { return 0 }
    while var line = lines.next("\n") {
      if line.word()?.rest == key { return line.word()?.number ?? 0 }
    }
    return 0
  }

  func write(_ text: String) -> Bool {
    let fd = descriptor
    guard fd >= 0 else { return false }
    var text = text
    return text.withUTF8 { bytes in
      retrying { pwrite(fd, bytes.baseAddress, bytes.count, 0) } == bytes.count
    }
  }
}
