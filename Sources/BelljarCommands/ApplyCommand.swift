internal import ArgumentParser
internal import Digests
internal import Harness
internal import Ledger
internal import Reporting
internal import Workspace

/// `belljar apply`: brings a champion into the checkout. The only command that writes there, and only when a person says so.
struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Bring the champion's change into the checkout.",
    discussion: """
      Files that differ from what the loop started from are never overwritten: then nothing is changed, and the files are
      named. With --each every kept step becomes a commit of its own (git only).
      """)
  @OptionGroup var loop: LoopOptions
  @Flag(help: "One commit for each kept step.") var each = false
  @Flag(name: .customLong("dry-run"), help: "Say what would be changed, and change nothing.") var dryRun = false
  @Argument(help: "The try to bring in; the champion by default.") var iteration: Int?

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      let root = recorded.loop.start.checkout
      let target = iteration ?? recorded.loop.champion ?? 0
      let base = try recorded.baseline()
      let wanted = try recorded.tree(of: target)
      let changes = base.changes(to: wanted)
      guard !changes.isEmpty else {
        return Exit.note("nothing to apply: try \(target) is the tree as the loop found it")
      }
      try warnUnchecked(recorded, target)
      let writer = try CheckoutWriter(root: root, store: recorded.store)
      try Self.refuseObstacles(try writer.obstacles(to: changes, over: base), root: root)
      if each {
        return try StepCommits(recorded: recorded, writer: writer, root: root).run(upTo: target, dryRun: dryRun)
      }
      if !dryRun { try writer.write(changes, over: base) }
      let paths = changes.paths
      let verb = dryRun ? "would change" : "changed"
      let more = paths.count > 10 ? " and \(paths.count - 10) more" : ""
      print(
        "\(verb) \(paths.count) file\(paths.count == 1 ? "" : "s"): "
          + paths.prefix(10).map(\.description).joined(separator: ", ") + more)
    } catch { Exit.failure("belljar apply: \(error)", code: 1) }
  }

  /// A loop that was cut short has not held its champion against the baseline.
  private func warnUnchecked(_ recorded: RecordedLoop, _ target: Int) throws {
    let checked = try recorded.ledger.events(loop: recorded.loop.id, [.measured], iteration: target, last: 1)
    guard checked.isEmpty, target > 0 else { return }
    Exit.note(
      "note: try \(target) was not measured against the baseline once more; `belljar resume` does so at the end")
  }

  /// Every file that the change touches must be as the loop found it.
  fileprivate static func refuseObstacles(_ paths: [TreePath], root: String) throws {
    guard !paths.isEmpty else { return }
    throw WorkspaceError(
      "bring the change into", root,
      because: "these files were changed since the loop began: "
        + paths.prefix(10).map(\.description).joined(separator: ", ")
        + "; nothing was written. `belljar diff` prints the change as a patch")
  }
}

/// `apply --each`: the kept steps one after the other, each a commit by the user's own git, with their name and hooks.
private struct StepCommits {
  let recorded: RecordedLoop
  let writer: CheckoutWriter
  let root: String

  func run(upTo target: Int, dryRun: Bool) throws {
    guard try GitCommand.isWorkTree(root) else {
      throw WorkspaceError("commit in", root, because: "it is not a git work tree")
    }
    let steps = try recorded.ledger.iterations(loop: recorded.loop.id, last: .max)
      .filter { $0.championMoved && $0.number > 0 && $0.number <= target }
    guard steps.last?.number == target else {
      throw WorkspaceError(
        "commit", "try \(target)", because: "it was not kept, and --each commits what was kept; leave --each out")
    }
    try requireNothingUnderWay()
    let made = try changesOfSteps(steps)
    if dryRun {
      for step in steps { print("would commit try \(step.number)") }
      return
    }
    for (step, previous, changes) in made where !changes.isEmpty {
      try writer.write(changes, over: previous)
      let paths = changes.paths.map(\.description).joined(separator: " ")
      do { try commit(step, changes) } catch {
        do { try writer.undo(changes, over: previous) } catch let second {
          throw WorkspaceError(
            "commit", "try \(step.number)", because: "\(error); its files could not be put back: \(second)")
        }
        throw WorkspaceError(
          "commit", "try \(step.number)",
          because: "\(error); its files are as they were, what was committed before it stays")
      }
      print("committed try \(step.number): \(note(step))")
      // The same in the user's own index, where everything else stays as they staged it.
      do { try stage(changes, []) } catch {
        throw WorkspaceError(
          "bring your index to", "try \(step.number), which is committed", because: "\(error)",
          advice: "run `git reset -- \(paths)`, and `belljar apply` for the rest")
      }
    }
  }

  /// A commit would end a merge without what it brings.
  private func requireNothingUnderWay() throws {
    for (head, what) in [("MERGE_HEAD", "merge"), ("CHERRY_PICK_HEAD", "cherry-pick"), ("REVERT_HEAD", "revert")]
    where try userGit(["rev-parse", "--quiet", "--verify", head], accepted: [0, 1]) == 0 {
      throw WorkspaceError("commit in", root, because: "a \(what) is under way; end it first")
    }
  }

  /// What each step does to the one before it. A file that only steps on the way touch has to be as the loop found it, too.
  private func changesOfSteps(
    _ steps: [IterationRecord]
  ) throws -> [(step: IterationRecord, previous: Tree, changes: Changes)] {
    let base = try recorded.baseline()
    var previous = base
    var touched: Set<TreePath> = []
    var made: [(step: IterationRecord, previous: Tree, changes: Changes)] = []
    for step in steps {
      let tree = try recorded.tree(of: step.number)
      let changes = previous.changes(to: tree)
      made.append((step, previous, changes))
      touched.formUnion(changes.paths)
      previous = tree
    }
    let net = base.changes(to: previous)
    let onTheWay = touched.filter { net[$0] == nil }.sorted()
    try ApplyCommand.refuseObstacles(try CheckoutState.differing(onTheWay, from: base, root: root), root: root)
    return made
  }

  private func note(_ step: IterationRecord) -> String { step.result?.note.map { Figures.line($0, most: 60) } ?? "" }

  /// By an index of its own, so that what else is staged neither comes along nor is in the way (git-commit(1) does so for
  /// `--only`, but can't where a file becomes a folder).
  private func commit(_ step: IterationRecord, _ changes: Changes) throws {
    let scratch = try ScratchFolder(stateFolder: recorded.state.path)
    let index = "GIT_INDEX_FILE=\(scratch.path)/index"
    if try userGit(["rev-parse", "--quiet", "--verify", "HEAD"], accepted: [0, 1]) == 0 {
      try userGit(["read-tree", "HEAD"], [index])
    }
    try stage(changes, [index])
    let message =
      "belljar try \(step.number): \(note(step))\n\n\(step.result?.reason ?? "")\n\nloop \(recorded.loop.id), record "
      + "\(step.hash?.description ?? "-")\n"
    try userGit(["commit", "--quiet", "--message", message], [index])
    try scratch.remove()
  }

  private func stage(_ changes: Changes, _ environment: [String]) throws {
    func list(_ isRemoved: Bool) -> [UInt8] {
      changes.sorted.filter { ($0.change == .remove) == isRemoved }.flatMap { $0.path.bytes + [0] }
    }
    try userGit(["update-index", "--force-remove", "-z", "--stdin"], environment, stdin: list(true))
    try userGit(["update-index", "--add", "--replace", "-z", "--stdin"], environment, stdin: list(false))
  }

  /// git with the user's own name, settings and hooks, which may take their time.
  @discardableResult
  private func userGit(
    _ arguments: [String], _ environment: [String] = [], stdin: [UInt8] = [], accepted: Set<Int32> = [0]
  ) throws -> Int32 {
    let own = UserEnvironment.values.filter { $0.key != "GIT_INDEX_FILE" }.map { "\($0.key)=\($0.value)" }
    let output = try HostCommand(
      ["git"] + arguments, environment: own + environment, folder: root, stdin: stdin, timeout: 3600,
      isInteractive: true
    ).run()
    guard accepted.contains(output.status) else {
      throw WorkspaceError(
        "run git \(arguments.first ?? "") in", root,
        because: String(decoding: output.stderr.prefix(2000), as: UTF8.self))
    }
    return output.status
  }
}
