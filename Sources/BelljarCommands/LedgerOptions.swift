internal import ArgumentParser
internal import Digests
internal import Harness
internal import Ledger
internal import LoopControl
internal import Workspace

/// Which recorded loop a command is about: the checkout's latest, or one by its number.
struct LoopOptions: ParsableArguments {
  @OptionGroup var harness: HarnessOptions
  @Option(
    help: ArgumentHelp("A loop's number from `belljar list`, or its name; the latest by default.", valueName: "loop"))
  var loop: String?
}

/// A recorded loop with what is needed to look into it.
struct RecordedLoop {
  let state: StateFolder
  let ledger: Ledger
  let loop: LoopRecord
  let store: ObjectStore

  init(_ options: LoopOptions) throws {
    let root = HarnessLocation.root(options.harness)
    state = try StateFolder(checkout: root, environment: HarnessLocation.environment)
    ledger = try Ledger(path: state.ledger)
    store = try ObjectStore(root: state.path)
    guard let found = try Self.find(options.loop, root: root, ledger) else {
      Exit.failure(
        options.loop.map { "there is no loop '\($0)'; `belljar list` shows them" }
          ?? "no loop has run on \(root) yet; `belljar loop` starts one", code: 1)
    }
    loop = found
  }

  private static func find(_ named: String?, root: String, _ ledger: Ledger) throws -> LoopRecord? {
    guard let named else { return try ledger.latestLoop(checkout: root) }
    if let number = Int64(named), let loop = try ledger.loop(number), loop.start.checkout == root { return loop }
    return try ledger.latestLoop(named: named, checkout: root)
  }

  /// Refuses where a loop runs: it would go on from what it remembers.
  func requireIdle() throws { if let process = LoopLock.holder(state.path) { throw LoopIsRunning(process: process) } }

  /// The tree that the loop started from.
  func baseline() throws -> Tree { try Tree(loop.start.baselineTree, in: store) }

  /// The tree of an iteration's candidate; the baseline's where it has none.
  func tree(of number: Int) throws -> Tree {
    let base = try baseline()
    guard let detail = try ledger.iteration(loop: loop.id, number: number) else {
      Exit.failure("loop \(loop.id) has no iteration \(number); `belljar log` shows them", code: 1)
    }
    guard let digest = detail.iteration.result?.candidate ?? detail.iteration.candidate else { return base }
    let removed = try StoredContents.removed(ledger, loop: loop.id)
    if !store.contains(digest), removed.contains(where: { $0.contains(number) }) {
      Exit.failure(
        "the contents of try \(number) were removed by `belljar gc`; its record is whole: `belljar show`", code: 1)
    }
    return base.applying(try Changes(serialized: store.read(digest)))
  }

  /// The patch between two trees.
  func patch(from old: Tree, to new: Tree) throws -> [UInt8] {
    try UnifiedPatch.between(old, new, store: store, stateFolder: state.path)
  }
}
