import EgressNIO
import FoundationEssentials
import Glibc
import Harness
import Ledger
import LoopControl
import Sandbox
import Workspace

/// A small project in a folder of its own, with a harness, that a loop can run on.
final class Project {
  let folder: String
  private let place: String

  init(_ files: [String: String], harness: String) throws {
    var template = Array("/tmp/belljar-project-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SandboxError("make", "a test folder", "mkdtemp") }
    place = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    folder = "\(place)/project"
    for (name, text) in files.merging(["belljar.yaml": harness], uniquingKeysWith: { $1 }) { try write(name, text) }
  }

  deinit { try? TreeRemoval.removeTree(place) }

  func write(_ name: String, _ text: String) throws {
    let path = "\(folder)/\(name)"
    try FileManager.default.createDirectory(
      atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), withIntermediateDirectories: true)
    guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
      throw SandboxError("write", path, "createFile")
    }
    if text.hasPrefix("#!") { chmod(path, 0o755) }
  }

  func text(_ name: String) -> String? {
    FileManager.default.contents(atPath: "\(folder)/\(name)").map { String(decoding: $0, as: UTF8.self) }
  }

  /// Every file with its bytes and times: equal before and after means untouched.
  func state() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted().map { name in
      var about = stat()
      lstat("\(folder)/\(name)", &about)
      return
        "\(name) \(about.st_ino) \(about.st_size) \(about.st_mode) \(about.st_mtim.tv_sec).\(about.st_mtim.tv_nsec)"
    }
  }

  @discardableResult
  func shell(_ script: String) throws -> HostCommand.Output {
    try HostCommand(
      ["/bin/sh", "-c", script], environment: ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=\(place)"], folder: folder
    ).run()
  }

  /// - Parameter loop: Whose tree it starts from; nil for the checkout's as it is now.
  func bench(of loop: LoopRecord? = nil) throws -> Workbench {
    let file = try HarnessFile.load(path: "\(folder)/belljar.yaml")
    let state = try state("\(place)/state")
    let base = try loop.map { try Tree($0.start.baselineTree, in: ObjectStore(root: state.path)) }
    return try Workbench(
      harness: file, folder: folder, root: folder, state: state, cancellation: Cancellation(), base: base,
      servers: { EgressServer(policy: $0, gateway: $1, log: $2) })
  }

  private func state(_ path: String) throws -> StateFolder {
    try StateFolder(checkout: folder, environment: ["XDG_STATE_HOME": path])
  }

  /// Runs the project's loop to its end.
  func loop(seed: Int = 1) throws -> (summary: LoopSummary, tries: [TrySummary], ledger: Ledger) {
    let bench = try bench()
    let ledger = try Ledger(path: bench.state.ledger)
    var tries: [TrySummary] = []
    let runner = LoopRunner(bench: bench, ledger: ledger, seed: seed) { event in
      if case .finished(let each) = event { tries.append(each) }
    }
    return (try runner.run(), tries, ledger)
  }
}

extension Verification {
  var isIntact: Bool { if case .intact = self { true } else { false } }
}
