internal import Glibc
internal import Harness
internal import Ledger
internal import LoopControl
internal import Sandbox

/// The loop that runs on a checkout, for commands that ask something of it.
struct RunningLoop {
  let loop: LoopRecord
  let requests: LoopRequests
  private let folder: String

  /// - Throws: Where none runs.
  init(_ options: HarnessOptions) throws {
    let root = HarnessLocation.root(options)
    let state = try StateFolder(checkout: root, environment: HarnessLocation.environment)
    folder = state.path
    requests = LoopRequests(folder: folder)
    guard LoopLock.holder(folder) != nil else {
      throw SandboxError("find", "a running loop", "none runs on \(root); `belljar status` shows the last")
    }
    let ledger = try Ledger(path: state.ledger)
    let running = try ledger.loops(checkout: root).last {
      try LoopStatus($0, ledger: ledger, folder: state.path).process != nil
    }
    guard let running else {
      throw SandboxError("find", "the running loop", "it is just beginning; try again in a moment")
    }
    loop = running
  }

  /// Waits until no process runs it.
  func waitForEnd(seconds: Int) throws -> Bool {
    for _ in 0..<(seconds * 20) {
      if LoopLock.holder(folder) == nil { return true }
      usleep(50_000)
    }
    return false
  }
}
