internal import CSandbox
internal import Glibc

/// The text of an errno, such as "No such file or directory".
package func errorText(_ number: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 128)
  // The POSIX strerror_r is not what glibc's header gives; strerror's static text is copied at once.
  guard let text = strerror(number) else { return "errno \(number)" }
  strncpy(&buffer, text, buffer.count - 1)
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A call that failed: what was tried, on what, and why.
public struct SandboxError: Error, Sendable, CustomStringConvertible {
  /// What was tried, such as "read policy".
  public let action: String
  /// On what.
  public let subject: String
  /// Why it failed and what to do.
  public let reason: String

  public init(_ action: String, _ subject: String, _ reason: String) {
    self.action = action
    self.subject = subject
    self.reason = reason
  }

  /// - Parameter number: The errno that the call left.
  package init(_ action: String, _ subject: String, errno number: Int32) {
    self.init(action, subject, errorText(number))
  }

  public var description: String { "\(action) \(subject): \(reason)" }
}

/// An open descriptor with one owner, closed at the owner's end.
final class Descriptor: Sendable {
  let number: Int32
  init(_ number: Int32) { self.number = number }
  deinit { close(number) }
}

/// Repeats a call while a signal interrupts it.
func retrying<T: BinaryInteger>(_ call: () -> T) -> T {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}

/// Reads a file whole, or its beginning of about `most` bytes; nil where it can't be opened.
package func readFile(_ path: String, most: Int = 1 << 20) -> [UInt8]? {
  let fd = retrying { open(path, O_RDONLY | O_CLOEXEC) }
  guard fd >= 0 else { return nil }
  defer { close(fd) }
  var bytes: [UInt8] = []
  while bytes.count < most {
    // Not zeroed: what is never written to costs no page.
    let piece = [UInt8](unsafeUninitializedCapacity: 16384) { room, count in
      count = max(0, retrying { read(fd, room.baseAddress, room.count) })
    }
    if piece.isEmpty { break }
    if bytes.isEmpty { bytes = piece } else { bytes += piece }
  }
  return bytes
}

/// Reads a small text file; nil where it can't be opened.
package func readText(_ path: String) -> String? {
  readFile(path).map { String(decoding: $0, as: UTF8.self) }
}

/// Writes a small file in one call, as kernel interfaces want it. False with errno on failure.
func writeFile(_ path: String, _ text: String) -> Bool {
  let fd = retrying { open(path, O_WRONLY | O_CLOEXEC) }
  guard fd >= 0 else { return false }
  defer { close(fd) }
  let bytes = Array(text.utf8)
  return retrying { write(fd, bytes, bytes.count) } == bytes.count
}

/// The names in a folder, without `.` and `..`, in the order of the file system; nil where it can't be opened.
package func folderNames(_ path: String) -> [String]? {
  guard let stream = opendir(path) else { return nil }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}

/// CLOCK_MONOTONIC as a duration since boot.
package func monotonicNow() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

extension Duration {
  /// Whole nanoseconds; saturates at what an Int holds (292 years).
  package var nanoseconds: Int {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = Int(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? (seconds > 0 ? .max : .min) : scaled + Int(attoseconds / 1_000_000_000)
  }

  /// Seconds as a floating-point number.
  package var seconds: Double { Double(nanoseconds) / 1e9 }
}

/// Takes as many descriptors as this process may have, up to a million. For a program that is Belljar; a library leaves its caller's
/// limit alone. With a low one, descriptors that a sandbox of the same user has in flight (unix(7)) could keep others from starting.
package func raiseDescriptorLimit() { belljar_raise_descriptors() }
