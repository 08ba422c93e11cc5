internal import Glibc
internal import Sandbox

/// What other terminals ask of a running loop: a file of the state folder for each request, empty, there while it stands.
///
/// A file and no signal: it reaches the loop from any process that may write there, and never another process that was given the
/// same number. One for each, so that whoever takes one back can't take another's away that came in between.
package struct LoopRequests: Sendable {
  package enum Request: String, Sendable, CaseIterable {
    /// End now; the try under way is cut short. Stands before a pause.
    case cancel
    /// Wait when the try under way has its verdict.
    case pause
  }

  private let folder: String

  package init(folder: String) { self.folder = folder }

  private func path(_ request: Request) -> String { "\(folder)/\(request.rawValue)-requested" }

  /// What is asked for now.
  package var current: Request? { Request.allCases.first { access(path($0), F_OK) == 0 } }

  /// Asks. A loop hears of it within half a second.
  package func make(_ request: Request) throws {
    let file = open(path(request), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw SandboxError("write", path(request), errno: errno) }
    close(file)
  }

  /// Takes back one request; others that stand go on standing.
  package func takeBack(_ request: Request) throws {
    guard unlink(path(request)) == 0 || errno == ENOENT else {
      throw SandboxError("remove", path(request), errno: errno)
    }
  }

  /// Takes back what was asked.
  package func clear() throws { for request in Request.allCases { try takeBack(request) } }
}
