internal import CSandbox
internal import Glibc

/// Who the processes inside are, outside of the sandbox (user_namespaces(7)).
public struct Identity: Sendable {
  /// The user and group inside.
  public static let inside = UInt32(BELLJAR_INSIDE_ID)

  /// Outside: the caller, or, for root, a user that owns nothing (above systemd's container range).
  public let user: UInt32
  public let group: UInt32
  /// Whether the caller is root of its own namespace and may map a foreign user.
  public let privileged: Bool

  public static let current: Identity = {
    let user = geteuid()
    let group = getegid()
    guard user == 0 else { return Identity(user: user, group: group, privileged: false) }
    for id in [UInt32(BELLJAR_UNUSED_ID), 65534]
    where isMapped(id, "/proc/self/uid_map") && isMapped(id, "/proc/self/gid_map") {
      return Identity(user: id, group: id, privileged: true)
    }
    return Identity(user: user, group: group, privileged: false)
  }()

  private static func isMapped(_ id: UInt32, _ path: String) -> Bool {
    var lines = Fields(readFile(path) ?? [])
    while var line = lines.next("\n") {
      guard let first = line.word()?.number, line.word() != nil, let count = line.word()?.number else { continue }
      if Int(id) >= first, Int(id) < first + count { return true }
    }
    return false
  }
}
