import Glibc
import Testing
import Workspace

@testable import Sandbox

/// Folders for a copy-on-write view, given to the sandbox's user; removed at the end.
final class TemporaryLayers {
  let lower: String, upper: String, work: String
  private let root: String

  init() throws {
    var template = Array("/tmp/belljar-layers-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SandboxError("make", "a test folder", "mkdtemp") }
    root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    (lower, upper, work) = ("\(root)/lower", "\(root)/upper", "\(root)/work")
    chmod(root, 0o755)
    for folder in [lower, upper, work] {
      mkdir(folder, 0o755)
      if Identity.current.privileged { chown(folder, Identity.current.user, Identity.current.group) }
    }
  }

  deinit { removeTree(root) }
}

/// Removes a folder that a sandbox has written to: what is inside may be closed to its owner, as overlayfs's own folders are.
func removeTree(_ path: String) {
  do { try TreeRemoval.removeTree(path) } catch { Issue.record("left over: \(error)") }
}
