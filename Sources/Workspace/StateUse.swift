internal import Glibc

/// That somebody works in a state folder: shared by all who evaluate there, while who removes what nobody needs must be alone.
///
/// What a killed process held is free again (flock(2)).
package final class StateUse: Sendable {
  private let users: Descriptor
  private let cleaners: Descriptor
  private let folder: String

  /// Takes part; waits while somebody cleans, which takes seconds.
  package init(stateFolder: String) throws(WorkspaceError) {
    folder = stateFolder
    users = try Self.open("\(stateFolder)/use.lock")
    cleaners = try Self.open("\(stateFolder)/clean.lock")
    try FileSystemCalls.retrying("lock", "\(stateFolder)/use.lock") { [users] in flock(users.number, LOCK_SH) }
  }

  /// Does something while nobody else works in the folder.
  ///
  /// - Returns: What it answers; nil, and nothing done, where others are at work.
  package func alone<Answer>(_ body: () throws -> Answer) throws -> Answer? {
    // A lock that changes its kind is lost in between, and for good where that fails: no other cleaner may come then.
    guard try Self.take(cleaners, "\(folder)/clean.lock") else { return nil }
    defer { flock(cleaners.number, LOCK_UN) }
    let isAlone = try Self.take(users, "\(folder)/use.lock")
    defer { while flock(users.number, LOCK_SH) != 0, errno == EINTR {} }
    return isAlone ? try body() : nil
  }

  private static func take(_ file: Descriptor, _ path: String) throws(WorkspaceError) -> Bool {
    do throws(WorkspaceError) {
      try FileSystemCalls.retrying("lock", path) { flock(file.number, LOCK_EX | LOCK_NB) }
      return true
    } catch {
      if error.errorNumber == EWOULDBLOCK { return false }
      throw error
    }
  }

  private static func open(_ path: String) throws(WorkspaceError) -> Descriptor {
    Descriptor(
      owning: try FileSystemCalls.retrying("open", path) {
        Glibc.open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      })
  }
}
