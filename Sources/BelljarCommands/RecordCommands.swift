internal import ArgumentParser
internal import Glibc
internal import Harness
internal import Ledger
internal import LoopControl
internal import Sandbox
internal import Workspace

/// `belljar checkout`: an iteration's whole tree as a folder.
struct CheckoutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkout", abstract: "Write a try's whole tree into a new folder.",
    discussion: "0 is the baseline. The folder must be missing or empty; the project's own checkout is never touched.")
  @OptionGroup var loop: LoopOptions
  @Argument(help: "The try's number.") var iteration: Int
  @Argument(help: "The folder.") var folder: String

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      let path = try HostPath.absolute(folder)
      let tree = try recorded.tree(of: iteration)
      try requireEmpty(path)
      try LayerFolder.materialise(tree: tree, store: recorded.store, into: path)
      print("try \(iteration) of loop \(recorded.loop.id): \(tree.items.count) files in \(path)")
    } catch { Exit.failure("belljar checkout: \(error)", code: 1) }
  }

  private func requireEmpty(_ path: String) throws {
    guard let names = folderNames(path) else {
      if errno == ENOENT { return }
      throw WorkspaceError("write into", path, because: errorText(errno))
    }
    guard names.isEmpty else {
      throw WorkspaceError(
        "write into", path, because: "it is not empty, and nothing is overwritten; name a new folder")
    }
  }
}

/// `belljar restore`: the champion goes back.
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Make an earlier try the champion again.",
    discussion:
      "Recorded; nothing is deleted. Only what was kept can be; 0 is the baseline. A resumed loop goes on from it.")
  @OptionGroup var loop: LoopOptions
  @Argument(help: "The try's number.") var iteration: Int

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      // Held while the record is written, so that no loop goes on meanwhile from what it remembers.
      let lock = try LoopLock(recorded.state.path)
      defer { withExtendedLifetime(lock) {} }
      _ = try recorded.tree(of: iteration)
      try recorded.ledger.record(
        EventRecord(.restored, iteration: iteration, at: Clock.now(), detail: "by hand"), loop: recorded.loop.id)
      let was = recorded.loop.champion.map { "; it was try \($0)" } ?? ""
      print("the champion of loop \(recorded.loop.id) is \(iteration == 0 ? "the baseline" : "try \(iteration)")\(was)")
    } catch { Exit.failure("belljar restore: \(error)", code: 1) }
  }
}

/// `belljar note`: a person's words on a try.
struct NoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: "Add a note to a try's record.",
    discussion: "Also while the loop runs. Part of the chain like every record: it can be added to, not taken back.")
  @OptionGroup var loop: LoopOptions
  @Argument(help: "The try's number; 0 is the baseline.") var iteration: Int
  @Argument(help: "The note.") var text: [String]

  func validate() throws { if text.isEmpty { throw ValidationError("the note is empty") } }

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      try recorded.ledger.record(
        EventRecord(.note, iteration: iteration, at: Clock.now(), detail: text.joined(separator: " ")),
        loop: recorded.loop.id)
    } catch { Exit.failure("belljar note: \(error)", code: 1) }
  }
}

/// `belljar gc`: what no record needs.
struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Remove contents that no record needs.",
    discussion: """
      Without options: what killed processes left half written, contents that no record names, trees that can be laid out
      again, what earlier setups made, outputs that `belljar score` kept. With --discarded also the contents of candidates that were not kept and their traces, of loops that ended by
      their rules: their records stay, and a tombstone in the chain says which. Records are never removed.
      """)
  @OptionGroup var loop: LoopOptions
  @Flag(help: "Also the contents and traces of candidates that were not kept.") var discarded = false
  @Flag(name: .customLong("dry-run"), help: "Say what would be removed, and remove nothing.") var dryRun = false
  /// Newer objects may belong to a command that runs beside this one.
  @Option(help: .hidden) var grace = 3600

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      let lock = try LoopLock(recorded.state.path)
      defer { withExtendedLifetime(lock) {} }
      let cleaning = StateCleaning(
        ledger: recorded.ledger, store: recorded.store, state: recorded.state, checkout: recorded.loop.start.checkout)
      let use = try StateUse(stateFolder: recorded.state.path)
      guard
        let report = try use.alone({
          try cleaning.run(discarded: discarded, before: time(nil) - grace, dryRun: dryRun)
        })
      else { throw StateIsUsed(state: recorded.state.path) }
      let verb = dryRun ? "would remove" : "removed"
      for each in report.candidates {
        print("\(verb) the contents of \(each.count) tries of loop \(each.loop) that were not kept")
      }
      let swept = report.swept
      print(
        "\(verb) \(swept.objects) objects and \(swept.halfWritten) half-written files, \(swept.bytes) bytes; "
          + "\(report.trees) laid-out trees" + (report.setups > 0 ? ", what \(report.setups) setups made" : "")
          + (report.runs > 0 ? ", the outputs of \(report.runs) scored runs" : ""))
    } catch { Exit.failure("belljar gc: \(error)", code: 1) }
  }
}

/// Why nothing can be removed now.
struct StateIsUsed: Error, CustomStringConvertible {
  let state: String

  var description: String {
    let processes = ScratchFolder.holders(stateFolder: state).map(String.init)
    let who = processes.isEmpty ? "" : " (process \(processes.joined(separator: ", ")))"
    return "another command evaluates this checkout\(who); try again when it has ended"
  }
}
