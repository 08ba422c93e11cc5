import Comparison
import FoundationEssentials
import Glibc
import Harness
import Sandbox
import Testing
import Workspace

/// A git repository in a folder of its own, and comparisons in it.
final class Repository {
  let folder: String
  private let place: String

  init() throws {
    var template = Array("/tmp/belljar-repository-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SandboxError("make", "a test folder", "mkdtemp") }
    place = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    folder = "\(place)/repository"
    mkdir(folder, 0o755)
    try shell("git init -q -b main .")
  }

  deinit { try? TreeRemoval.removeTree(place) }

  /// Writes files and commits them all; an empty text removes.
  func commit(_ message: String, _ files: [String: String]) throws {
    for (name, text) in files { try write(name, text) }
    try shell("git add -A && git commit -q --allow-empty -m '\(message)'")
  }

  func write(_ name: String, _ text: String) throws {
    let path = "\(folder)/\(name)"
    if text.isEmpty {
      unlink(path)
      return
    }
    try FileManager.default.createDirectory(
      atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), withIntermediateDirectories: true)
    guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
      throw SandboxError("write", path, "createFile")
    }
    if text.hasPrefix("#!") { chmod(path, 0o755) }
  }

  func shell(_ script: String) throws {
    let output = try HostCommand(
      ["/bin/sh", "-ec", script],
      environment: [
        "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=\(place)", "GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t",
        "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t", "GIT_CONFIG_GLOBAL=/dev/null",
      ], folder: folder
    ).run()
    guard output.status == 0 else {
      throw SandboxError("run", script, String(decoding: output.stderr, as: UTF8.self))
    }
  }

  func plan(
    _ base: String? = nil, _ head: String? = nil, source: RevisionPlan.HarnessSource = .base, in sub: String = "",
    environment: [String: String] = [:]
  ) throws -> RevisionPlanning {
    try RevisionPlan.make(
      folder: folder + sub, file: "belljar.yaml", base: base, head: head, source: source, environment: environment)
  }

  /// The report of a comparison, made as the command makes it.
  func compare(
    _ base: String? = nil, _ head: String? = nil, source: RevisionPlan.HarnessSource = .base, time: Double = 60,
    margin: Double? = nil
  ) throws -> ComparisonReport {
    switch try plan(base, head, source: source) {
    case .ended(let report): return report
    case .plan(let plan):
      var comparison = RevisionComparison(
        plan: plan, source: source, folder: folder, file: "belljar.yaml", root: folder,
        state: try StateFolder(checkout: folder, environment: ["XDG_STATE_HOME": "\(place)/state"]))
      comparison.timeLimit = time
      comparison.margin = margin
      return try comparison.run(cancellation: Cancellation())
    }
  }
}
