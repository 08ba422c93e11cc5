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
      The change is applied as a patch. Files that differ from what the loop started from are never overwritten: then nothing
      is changed, and the files are named. With --each every kept step becomes a commit of its own (git only).
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
      let changed = base.changes(to: wanted).paths
      guard !changed.isEmpty else {
        return Exit.note("nothing to apply: try \(target) is the tree as the loop found it")
      }
      try warnUnchecked(recorded, target)
      try refuseLocalChanges(changed, base: base, root: root)
      if each { return try applyEach(recorded, target: target, root: root) }
      try apply(recorded.patch(from: base, to: wanted), root: root)
      let verb = dryRun ? "would change" : "changed"
      print("\(verb) \(changed.count) file(s): " + changed.prefix(10).map(\.description).joined(separator: ", "))
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
  private func refuseLocalChanges(_ changed: [TreePath], base: Tree, root: String) throws {
    let differing = try CheckoutState.differing(changed, from: base, root: root)
    guard differing.isEmpty else {
      throw WorkspaceError(
        "bring the change into", root,
        because: "these files were changed since the loop began: "
          + differing.prefix(10).map(\.description).joined(separator: ", ")
          + "; nothing was written. `belljar diff` prints the change as a patch")
    }
  }

  private func apply(_ patch: [UInt8], root: String) throws {
    _ = try GitCommand.run(["apply", "--check", "--whitespace=nowarn", "-"], in: root, stdin: patch)
    if dryRun { return }
    _ = try GitCommand.run(["apply", "--whitespace=nowarn", "-"], in: root, stdin: patch)
  }

  private func applyEach(_ recorded: RecordedLoop, target: Int, root: String) throws {
    guard try GitCommand.isWorkTree(root) else {
      throw WorkspaceError("commit in", root, because: "it is not a git work tree")
    }
    let steps = try recorded.ledger.iterations(loop: recorded.loop.id, last: .max)
      .filter { $0.championMoved && $0.number > 0 && $0.number <= target }
    var previous = try recorded.baseline()
    if dryRun {
      // Each step's patch fits only where those before it are; all of them together are what would come.
      try apply(recorded.patch(from: previous, to: recorded.tree(of: target)), root: root)
      for step in steps { print("would commit try \(step.number)") }
      return
    }
    for step in steps {
      let tree = try recorded.tree(of: step.number)
      let paths = previous.changes(to: tree).paths
      try apply(recorded.patch(from: previous, to: tree), root: root)
      previous = tree
      var input: [UInt8] = []
      for path in paths { input += path.bytes + [0] }
      let note = step.result?.note.map { Figures.line($0, most: 60) } ?? ""
      let message =
        "belljar try \(step.number): \(note)\n\n\(step.result?.reason ?? "")\n\nloop \(recorded.loop.id), record "
        + "\(step.hash?.description ?? "-")\n"
      // The user's own git, with their name and hooks: it is their repository. What else they have staged stays staged.
      let onlyThese = ["--pathspec-from-file=-", "--pathspec-file-nul"]
      try userGit("add", onlyThese, root: root, stdin: input)
      try userGit("commit", ["--quiet", "--message", message] + onlyThese, root: root, stdin: input)
      print("committed try \(step.number): \(note)")
    }
  }

  /// git with the user's own name, settings and hooks, which may take their time.
  private func userGit(_ command: String, _ arguments: [String], root: String, stdin: [UInt8]) throws {
    let output = try HostCommand(
      ["git", "--literal-pathspecs", command] + arguments,
      environment: UserEnvironment.values.map { "\($0.key)=\($0.value)" }, folder: root,
      stdin: stdin, timeout: 3600, isInteractive: true
    ).run()
    guard output.status == 0 else {
      throw WorkspaceError(
        "run git \(command) in", root, because: String(decoding: output.stderr.prefix(2000), as: UTF8.self))
    }
  }
}
