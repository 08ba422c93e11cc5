internal import Comparison
internal import Glibc
internal import Sandbox

/// What other terminals ask of a running loop: one word in a file of the state folder.
///
/// A file and no signal: it reaches the loop from any process that may write there, and never another process that was given the
/// same number.
package struct LoopRequests: Sendable {
  package enum Request: String, Sendable {
    /// Wait when the try under way has its verdict.
    case pause
    /// End now; the try under way is cut short.
    case cancel
  }

  private let path: String

  package init(folder: String) { path = "\(folder)/request" }

  /// What is asked for now.
  package var current: Request? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = read(file, &bytes, bytes.count)
    return count > 0 ? Request(rawValue: String(decoding: bytes[..<count], as: UTF8.self)) : nil
  }

  /// Asks. A loop hears of it within half a second.
  package func make(_ request: Request) throws {
    // By rename, so that no half of a word is ever read.
    try FileText.replace(path, with: Array(request.rawValue.utf8))
  }

  /// Takes back one request, where it is the one that stands.
  package func takeBack(_ request: Request) throws { if current == request { try clear() } }

  /// Takes back what was asked.
  package func clear() throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw SandboxError("remove", path, errno: errno) }
  }
}
