internal import ArgumentParser
internal import Digests
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
      let changed = Set(base.entries.keys).union(wanted.entries.keys)
        .filter { base.entries[$0]?.kind != wanted.entries[$0]?.kind }.sorted()
      guard !changed.isEmpty else {
        return Exit.note("nothing to apply: try \(target) is the tree as the loop found it")
      }
      try refuseLocalChanges(changed, base: base, root: root)
      if each { return try applyEach(recorded, target: target, root: root) }
      try apply(recorded.patch(from: base, to: wanted), root: root)
      let verb = dryRun ? "would change" : "changed"
      print("\(verb) \(changed.count) file(s): " + changed.prefix(10).map(\.description).joined(separator: ", "))
    } catch { Exit.failure("belljar apply: \(error)", code: 1) }
  }

  /// Every file that the change touches must be as the loop found it.
  private func refuseLocalChanges(_ changed: [TreePath], base: Tree, root: String) throws {
    let differing = try CheckoutState.differing(changed, from: base, root: root)
    guard differing.isEmpty else {
      throw WorkspaceError(
        "bring the change into", root,
        "these files were changed since the loop began: "
          + differing.prefix(10).map(\.description).joined(separator: ", ")
          + "; nothing was written. `belljar diff` prints the change as a patch")
    }
  }

  private func apply(_ patch: [UInt8], root: String) throws {
    let check = try Git.run(["apply", "--check", "--whitespace=nowarn", "-"], in: root, input: patch)
    guard check.status == 0 else { throw WorkspaceError("apply the change to", root, check.error) }
    if dryRun { return }
    let result = try Git.run(["apply", "--whitespace=nowarn", "-"], in: root, input: patch)
    guard result.status == 0 else { throw WorkspaceError("apply the change to", root, result.error) }
  }

  private func applyEach(_ recorded: RecordedLoop, target: Int, root: String) throws {
    guard Git.isWorkTree(root) else { throw WorkspaceError("commit in", root, "it is not a git work tree") }
    let steps = try recorded.ledger.iterations(loop: recorded.loop.id)
      .filter { $0.championMoved && $0.number > 0 && $0.number <= target }
    var previous = try recorded.baseline()
    for step in steps {
      let tree = try recorded.tree(of: step.number)
      let paths = Set(previous.entries.keys).union(tree.entries.keys)
        .filter { previous.entries[$0]?.kind != tree.entries[$0]?.kind }.sorted()
      try apply(recorded.patch(from: previous, to: tree), root: root)
      previous = tree
      if dryRun { continue }
      var input: [UInt8] = []
      for path in paths { input += path.bytes + [0] }
      let note = step.result?.note.map { Figures.line($0, most: 60) } ?? ""
      let message =
        "belljar try \(step.number): \(note)\n\n\(step.result?.reason ?? "")\n\nloop \(recorded.loop.id), record "
        + "\(step.hash?.description ?? "-")\n"
      // The user's own git, with their name and hooks: it is their repository.
      let added = try HostCommand.run(
        ["git", "add", "--pathspec-from-file=-", "--pathspec-file-nul"], in: root, environment: UserEnvironment.values,
        input: input)
      guard added.status == 0 else { throw WorkspaceError("git add in", root, added.error) }
      let commit = try HostCommand.run(
        ["git", "commit", "--quiet", "--file=-"], in: root, environment: UserEnvironment.values,
        input: Array(message.utf8))
      guard commit.status == 0 else { throw WorkspaceError("git commit in", root, commit.error) }
      print("committed try \(step.number): \(note)")
    }
  }
}
