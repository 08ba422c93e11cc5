internal import Digests
internal import Glibc
package import Harness
package import Ledger
internal import Sandbox
package import Workspace

/// Removes from a state folder what no record needs; records themselves are never removed.
package struct StateCleaning {
  package struct Report: Sendable {
    package var swept = SweptObjects()
    /// Trees that were laid out and can be laid out again.
    package var trees = 0
    /// What setup made, and can make again.
    package var setups = 0
    /// Kept outputs of `belljar score`.
    package var runs = 0
    /// Tries whose contents went, by loop: their candidates and traces.
    package var candidates: [(loop: Int64, count: Int)] = []
  }

  private let ledger: Ledger
  private let store: ObjectStore
  private let state: StateFolder
  private let checkout: String
  private let foundations: [String]

  /// - Parameters:
  ///   - checkout: The tree's absolute root. Nobody else may work on it meanwhile: ``StateUse/alone(_:)``.
  ///   - foundations: Folders that stay.
  package init(
    ledger: Ledger, store: ObjectStore, state: StateFolder, checkout: String, foundations: [String] = []
  ) {
    self.ledger = ledger
    self.store = store
    self.state = state
    self.checkout = checkout
    self.foundations = foundations
  }

  /// - Parameters:
  ///   - discarded: Whether the contents of candidates that were not kept go too, with their traces, from loops that have ended.
  ///     Each such loop gets a tombstone: which iterations, and when.
  ///   - before: Only objects older than this, in seconds since 1970: another command may be writing newer ones.
  ///   - running: A loop that goes on meanwhile, with the candidates that it may still build on.
  package func run(
    discarded: Bool, before: Int, dryRun: Bool, running: (loop: Int64, needed: Set<Int>)? = nil
  ) throws -> Report {
    var report = Report()
    var kept: Set<Digest> = []
    var contents = StoredContents(ledger: ledger, store: store)
    let loops = try ledger.loops(checkout: checkout)
    for loop in loops {
      var dropped: [Int] = []
      if loop.isOver {
        if discarded { dropped = try droppable(loop.id) }
        // Nothing goes on in the homes of a loop that can't be resumed.
        if !dryRun { try AgentHome.remove(of: loop.id, state: state) }
      }
      if discarded, let running, running.loop == loop.id {
        dropped = try droppable(loop.id).filter { !running.needed.contains($0) }
      }
      if !dropped.isEmpty {
        report.candidates.append((loop.id, dropped.count))
        // The tombstone first: a kill in between leaves what the next cleaning removes.
        if !dryRun {
          try ledger.record(
            EventRecord(.removed, at: Clock.now(), detail: IterationRanges.text(dropped)), loop: loop.id)
        }
      }
      kept.formUnion(try contents.digests(of: loop, without: Set(dropped)))
    }
    let removed = try KeptRun.remove(state, before: before, dryRun: dryRun)
    report.runs = removed.count
    for number in KeptRun.numbers(in: state) where !removed.contains(number) {
      kept.formUnion(try Tree(KeptRun(number: number, in: state).tree, in: store).objects)
    }
    report.swept = try store.sweep(keeping: kept, before: before, dryRun: dryRun)
    let needed = [loops.last, loops.first { $0.id == running?.loop }].compactMap { $0?.start.baselineTree }
    let scratch = dryRun ? nil : try ScratchFolder(stateFolder: state.path)
    report.trees = try discard(unusedTrees(but: needed), into: scratch)
    report.setups = try discard(unusedSetups(before: before, but: setups(of: loops)), into: scratch)
    try scratch?.remove()
    if !dryRun { try ScratchFolder.reclaim(stateFolder: state.path) }
    return report
  }

  private func droppable(_ loop: Int64) throws -> [Int] {
    let removed = try StoredContents.removed(ledger, loop: loop)
    // A try that proposed nothing names the champion's contents, which stay.
    let champions = try ledger.championCandidates(loop: loop)
    var traced: Set<Int> = []
    try ledger.eachTrace(loop: loop) { traced.insert($0.iteration) }
    var numbers: [Int] = []
    try ledger.eachIteration(loop: loop) { row in
      guard let verdict = row.result?.verdict, verdict != .kept else { return }
      guard row.candidate.map({ !champions.contains($0) }) ?? false || traced.contains(row.number) else { return }
      if !removed.contains(where: { $0.contains(row.number) }) { numbers.append(row.number) }
    }
    return numbers
  }

  /// Whole trees as folders are made again from the store when they are needed.
  private func unusedTrees(but needed: [Digest]) -> [String] {
    let folder = "\(state.path)/trees"
    return (folderNames(folder) ?? []).filter { name in !needed.contains { name.hasPrefix($0.description) } }
      .map { "\(folder)/\($0)" }
  }

  /// What the loops that can go on stand on: made again it might be something else.
  private func setups(of loops: [LoopRecord]) throws -> Set<String> {
    var names: Set<String> = []
    for loop in loops where !loop.isOver {
      // One that this Belljar can't read can't be resumed by it either.
      guard let file = try? HarnessFile.parse(text: loop.start.harnessText, file: loop.start.harnessPath),
        let setup = file.setup
      else { continue }
      names.insert(Workbench.layer(of: setup, on: try Tree(loop.start.baselineTree, in: store)))
    }
    return names
  }

  /// What earlier setups made, but for the one that was used last: making it again may take minutes.
  private func unusedSetups(before: Int, but needed: Set<String>) -> [String] {
    let (folder, mark) = (state.layers, StateFolder.wholeMark)
    var used: [(path: String, at: Int)] = []
    for name in folderNames(folder) ?? []
    where name.hasPrefix(StateFolder.setupPrefix) && !name.hasSuffix(mark) && !needed.contains(name) {
      var about = stat()
      // Without its mark it is what a power cut left of one.
      let isWhole = stat("\(folder)/\(name)\(mark)", &about) == 0
      used.append(("\(folder)/\(name)", isWhole ? Int(about.st_mtim.tv_sec) : 0))
    }
    let last = used.max { $0.at < $1.at }?.path
    return used.filter { $0.at < before && $0.path != last }.map(\.path)
  }

  /// By way of a scratch folder: a kill in between leaves no half of one in its place.
  private func discard(_ paths: [String], into scratch: ScratchFolder?) throws -> Int {
    let unused = paths.filter { !foundations.contains($0) }
    guard let scratch else { return unused.count }
    for path in unused {
      let name = path.split(separator: "/").last.map(String.init) ?? ""
      unlink(path + StateFolder.wholeMark)
      guard rename(path, "\(scratch.path)/\(name)") == 0 else { throw SandboxError("remove", path, errno: errno) }
    }
    return unused.count
  }
}
