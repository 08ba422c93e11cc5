internal import Glibc
internal import Sandbox
internal import Workspace

/// The home of an agent whose context is continued: it lasts from try to try, with the session that goes on in it.
package struct AgentHome: Sendable {
  private let path: String

  /// - Parameter step: The name of the agent's step.
  package init(state: StateFolder, loop: Int64, step: String) throws {
    let safe = step.map { $0.isLetter || $0.isNumber ? $0 : "-" }
    path = "\(state.homes)/\(loop)-\(String(safe))"
    try Folders.make(state.homes, mode: 0o700)
    try Folders.make(path, mode: 0o711)
  }

  /// Removes the homes of a loop's agents.
  package static func remove(of loop: Int64, state: StateFolder) throws {
    for name in folderNames(state.homes) ?? [] where name.hasPrefix("\(loop)-") {
      try TreeRemoval.removeTree("\(state.homes)/\(name)")
    }
  }

  /// Forgets everything: the next try begins anew.
  package func clear() throws {
    try TreeRemoval.removeTree(path)
    try Folders.make(path, mode: 0o711)
  }

  /// The last words of the try before, for an agent that has no sessions.
  package func tail() throws -> String? { readText("\(path)/tail") }

  package func keep(tail: String) throws {
    try HomeFiles.write([("tail", Array(tail.suffix(8000).utf8))], into: path)
  }

  func upper() throws -> String {
    let upper = "\(path)/home"
    try Folders.makeForSandbox(upper)
    return upper
  }

  func session() throws -> String? { readText("\(path)/session").flatMap { $0.isEmpty ? nil : $0 } }

  /// - Parameter session: As the agent named it: hostile, so only a plain word counts.
  func keep(session: String?) throws {
    let isPlain = session?.utf8.allSatisfy { byte in
      byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || (48...57).contains(byte) || (65...90).contains(byte)
        || (97...122).contains(byte)
    }
    guard let session, isPlain == true, !session.isEmpty, session.utf8.count <= 128, !session.hasPrefix("-") else {
      return
    }
    try HomeFiles.write([("session", Array(session.utf8))], into: path)
  }
}

/// Small files that a sandbox is given to read.
enum HomeFiles {
  /// Writes files below a folder, which is made; the sandbox's user owns all of it.
  static func write(_ files: [(path: String, bytes: [UInt8])], into folder: String) throws {
    try Folders.makeForSandbox(folder)
    for (path, bytes) in files {
      var parent = folder
      for part in path.split(separator: "/").dropLast() {
        parent += "/\(part)"
        try Folders.makeForSandbox(parent)
      }
      try write(bytes, to: "\(folder)/\(path)")
    }
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard file >= 0 else { throw SandboxError("write", path, errno: errno) }
    defer { close(file) }
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { throw SandboxError("write", path, errno: errno) }
      done += max(0, count)
    }
    let identity = Identity.current
    if identity.privileged, fchown(file, identity.user, identity.group) != 0 {
      throw SandboxError("give", path, errno: errno)
    }
  }
}
