internal import Digests
package import Ledger
package import Workspace

/// Proposes the candidates of a recorded loop once more, in their order: so that two harnesses, or two versions of one, are
/// compared on the same proposals.
package struct ReplayAgent: Sendable {
  /// A candidate as the record has it.
  private struct Recorded: Sendable {
    let number: Int
    let candidate: Digest
    let words: String
  }

  private let loop: LoopRecord
  private let recorded: [Recorded]
  /// What the recorded candidates were changes of.
  private let base: Tree
  private let source: ObjectStore
  private let store: ObjectStore

  /// - Parameters:
  ///   - loop: The loop that is replayed, of this ledger.
  ///   - source: The store that its candidates lie in.
  ///   - store: The store of the loop that runs now; may be the same.
  package init(ledger: Ledger, loop: LoopRecord, from source: ObjectStore, into store: ObjectStore) throws {
    self.loop = loop
    self.source = source
    self.store = store
    base = try Tree(loop.start.baselineTree, in: source)
    var found: [Recorded] = []
    var champion: Digest?
    try ledger.eachIteration(loop: loop.id) { row in
      guard let result = row.result else { return }
      // A try in which nothing was proposed is recorded with the champion of its time.
      if row.number > 0, let candidate = result.candidate, candidate != champion {
        found.append(
          Recorded(number: row.number, candidate: candidate, words: result.edit ?? result.note ?? ""))
      }
      if row.championMoved { champion = result.candidate }
    }
    recorded = found
  }

  /// How many candidates the record has.
  package var count: Int { recorded.count }

  /// The loop that a harness means: the newest of a name that isn't a replay itself, or one by its number.
  ///
  /// - Parameter id: The loop that runs now; only earlier ones count.
  package static func find(
    _ name: String, in ledger: Ledger, checkout: String, before id: Int64 = .max
  ) throws -> LoopRecord? {
    let earlier = try ledger.loops(checkout: checkout).filter { $0.id < id }
    if let named = earlier.last(where: { $0.start.name == name && $0.start.agent != "replay" }) { return named }
    return Int64(name).flatMap { number in earlier.first { $0.id == number } }
  }

  /// The next candidate behind an iteration of the record that can be proposed.
  ///
  /// - Parameters:
  ///   - number: The iteration that was replayed last; 0 for none.
  ///   - baseline: The tree that the loop of now started from.
  ///   - champion: The tree that the proposal is a change of.
  ///   - now: Nanoseconds since 1970.
  /// - Returns: nil where the record has no more.
  package func proposal(after number: Int, on baseline: Tree, champion: Tree, now: Int64) throws -> Replay? {
    var skipped: [Replay.Skipped] = []
    for each in recorded where each.number > number {
      do {
        let rebased = try rebase(each, on: baseline)
        let wanted = champion.changes(to: baseline.applying(rebased.changes))
        var changes = Changes()
        for (path, change) in wanted.byPath {
          changes[path] = change
          if case .write(let entry) = change {
            let time = Entry.newer(than: champion[path]?.modified, now: now)
            changes[path] = .write(entry.modified(at: time))
          }
        }
        return Replay(
          number: each.number, loop: loop.id, changes: changes, words: each.words, replaced: rebased.replaced,
          skipped: skipped)
      } catch let misfit as Misfit {
        skipped.append(Replay.Skipped(number: each.number, why: misfit.why))
      }
    }
    guard !skipped.isEmpty else { return nil }
    return Replay(number: nil, loop: loop.id, changes: Changes(), words: "", replaced: [], skipped: skipped)
  }

  /// Why a candidate doesn't fit today's tree.
  private struct Misfit: Error {
    let why: String
  }

  /// A recorded candidate as changes of today's baseline, its contents in today's store.
  private func rebase(_ each: Recorded, on baseline: Tree) throws -> (changes: Changes, replaced: [TreePath]) {
    let recorded = try changes(each.candidate)
    var changes = Changes()
    var replaced: [TreePath] = []
    // A candidate may put a file where a folder was, and the other way round.
    let cleared = baseline.applying(Changes(recorded.byPath.filter { $0.value == .remove }))
    for (path, change) in recorded.sorted {
      let old = baseline[path]
      switch change {
      case .remove where old == nil: continue
      case .remove: break
      case .write(let entry):
        guard old?.kind != entry.kind else { continue }
        if cleared.isFolder(path) { throw Misfit(why: "\(path) is a folder now") }
        if let file = path.ancestors.first(where: { cleared[$0] != nil }) {
          throw Misfit(why: "\(path) lies below \(file), which is a file now")
        }
        try bring(entry, path)
      }
      if old?.kind != base[path]?.kind { replaced.append(path) }
      changes[path] = change
    }
    guard !changes.isEmpty else { throw Misfit(why: "today's tree has all of it") }
    return (changes, replaced)
  }

  private func changes(_ candidate: Digest) throws -> Changes {
    guard source.contains(candidate) else { throw Misfit(why: "its contents were removed by `belljar gc`") }
    return try Changes(serialized: source.read(candidate))
  }

  private func bring(_ entry: Entry, _ path: TreePath) throws {
    guard case .file(let digest, _, _) = entry.kind, !store.contains(digest) else { return }
    guard source.contains(digest) else { throw Misfit(why: "the contents of \(path) were removed by `belljar gc`") }
    _ = try store.put(source.read(digest))
  }
}

/// A recorded candidate that is proposed once more.
package struct Replay: Sendable {
  package struct Skipped: Sendable, Hashable {
    package let number: Int
    package let why: String
  }

  /// The iteration that it was; nil where the record has no more that fits.
  package let number: Int?
  package let loop: Int64
  /// What makes it of the champion; empty where the champion is it.
  package let changes: Changes
  /// What the record says of it.
  package let words: String
  /// Files that are others in today's baseline than in the recorded one: the recorded contents take their place whole.
  package let replaced: [TreePath]
  /// The candidates before it that don't fit, since the last that was proposed.
  package let skipped: [Skipped]

  /// What it goes by in the record of now, so that a resumed loop knows how far it was.
  package var key: String { "replay \(number ?? 0) of loop \(loop)" }

  /// What is told of it, a line each.
  package var note: String {
    var lines = words.isEmpty ? [] : [words]
    if !replaced.isEmpty {
      let names = replaced.prefix(5).map(\.description).joined(separator: ", ")
      lines.append(
        "written over what has changed since: \(names)" + (replaced.count > 5 ? " and \(replaced.count - 5) more" : ""))
    }
    for one in skipped.prefix(20) { lines.append("skipped try \(one.number): \(one.why)") }
    if skipped.count > 20 { lines.append("skipped \(skipped.count - 20) more") }
    return lines.joined(separator: "\n")
  }

  /// The iteration that a key of ours names.
  package static func number(ofKey key: String) -> Int? {
    let words = key.split(separator: " ")
    guard words.count == 5, words[0] == "replay", words[2] == "of", words[3] == "loop" else { return nil }
    return Int(words[1])
  }
}
