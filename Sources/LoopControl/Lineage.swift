internal import Agents
internal import Digests
internal import Glibc
internal import Harness
internal import Ledger
internal import Workspace

/// What a try builds on: the champion, or a member of the population.
struct Parent: Sendable {
  let number: Int
  let specimen: Specimen
  /// Other lines of work that an agent is shown: their iterations, with what they come to.
  var others: [OtherLine] = []
}

/// A line of work beside the one that an agent goes on with.
struct OtherLine: Sendable {
  let number: Int
  /// How many times as good as the baseline it is.
  let gain: Double
  /// Its difference from the baseline, as a patch.
  let patch: String
}

extension LoopRunner {
  /// Whom a try builds on.
  ///
  /// - Parameter ahead: How many tries of its round come before it.
  func nextParent(ahead: Int) throws -> Parent {
    guard let population else { return Parent(number: championNumber, specimen: champion) }
    let seed = seeds.seed(iteration: population.attempts + ahead, pair: 0, purpose: "parents")
    let chosen = population.parents(seed: seed, ahead: ahead)
    let number = chosen[0].number
    var parent = Parent(number: number, specimen: try specimen(of: number))
    guard readsPrompt else { return parent }
    for member in chosen.dropFirst() where member.number != 0 {
      let changes = try self.changes(of: member.number)
      let patch = try UnifiedPatch.between(
        baseline.tree, baseline.tree.applying(changes), store: bench.store, stateFolder: bench.state.path)
      parent.others.append(
        OtherLine(number: member.number, gain: exp(member.merit), patch: String(decoding: patch, as: UTF8.self)))
    }
    return parent
  }

  private func specimen(of number: Int) throws -> Specimen {
    if number == championNumber { return champion }
    if number == 0 { return baseline }
    return try bench.specimen("candidate \(number)", changes: changes(of: number))
  }

  private func changes(of number: Int) throws -> Changes {
    guard let stored = try ledger.iteration(loop: loop, number: number)?.iteration.result?.candidate else {
      return Changes()
    }
    return try Changes(serialized: bench.store.read(stored))
  }

  /// Begins with the baseline, and takes in what the record holds of the iterations before one.
  func makePopulation(before first: Int) throws {
    guard let shape = bench.harness.loop.population else { return }
    var made = Population(shape, first: Member(number: 0, merit: 0, traits: []))
    var candidates: [(record: IterationRecord, result: IterationResult)] = []
    try ledger.eachIteration(loop: loop) { row in
      guard (1..<first).contains(row.number), let result = row.result, result.reason != Self.nothingLeft else { return }
      candidates.append((row, result))
    }
    // What made room for newer contents was no member any more.
    let removed = try StoredContents.removed(ledger, loop: loop)
    for (row, result) in candidates {
      let isGone = removed.contains { $0.contains(row.number) }
      made.take(isGone ? nil : try member(row.number, result))
    }
    population = made
  }

  /// A finished try as a member; nil where it has no merit: it broke a rule, or nothing was measured.
  func member(_ number: Int, _ result: IterationResult) throws -> Member? {
    guard result.verdict == .kept || result.verdict == .discarded, let ratio = result.ratio,
      let stored = result.candidate
    else { return nil }
    // After a step that was kept, the gain holds it already.
    let gain = result.standing.gain * (result.verdict == .kept ? 1 : rules.improvement(ratio))
    guard gain > 0, gain.isFinite else { return nil }
    return Member(number: number, merit: log(gain), traits: try traits(Changes(serialized: bench.store.read(stored))))
  }

  /// The lines that a candidate has added and taken away, each as a hash.
  private func traits(_ changes: Changes) throws -> Set<UInt64> {
    var traits: Set<UInt64> = []
    for (path, change) in changes.byPath {
      let before = try lines(baseline.tree[path])
      var after: Set<ArraySlice<UInt8>> = []
      if case .write(let entry) = change { after = try lines(entry) }
      for (mark, lines) in [("+", after.subtracting(before)), ("-", before.subtracting(after))] {
        for line in lines { traits.insert(Digest(of: Array(mark.utf8) + path.bytes + [0] + line).number) }
      }
    }
    return traits
  }

  /// A file's lines without the blanks around them; one for a file too large to be source code.
  private func lines(_ entry: Entry?) throws -> Set<ArraySlice<UInt8>> {
    guard let entry else { return [] }
    switch entry.kind {
    case .symlink(let target): return [target[...]]
    case .file(let digest, _, let size):
      guard size < EditableFiles.largest else { return [digest.bytes[...]] }
      return Set(
        try bench.store.read(digest).split(separator: UInt8(ascii: "\n")).map { line in
          line.drop { $0 == 32 || $0 == 9 }
        })
    }
  }
}

extension Digest {
  /// Its first eight bytes as a number.
  var number: UInt64 { bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
