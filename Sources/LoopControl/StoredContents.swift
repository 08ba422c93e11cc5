package import Digests
package import Ledger
package import Workspace

/// Which iterations lost their contents to `belljar gc`, as a tombstone keeps them: `1-4,6,9-40`.
package enum IterationRanges {
  package static func text(_ numbers: [Int]) -> String {
    var ranges: [(Int, Int)] = []
    for number in numbers.sorted() {
      if let last = ranges.last, number <= last.1 + 1 {
        ranges[ranges.count - 1].1 = max(last.1, number)
      } else {
        ranges.append((number, number))
      }
    }
    return ranges.map { $0.0 == $0.1 ? "\($0.0)" : "\($0.0)-\($0.1)" }.joined(separator: ",")
  }

  package static func read(_ text: String) -> [ClosedRange<Int>] {
    text.split(separator: ",").compactMap { part in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return nil }
      return first...last
    }
  }
}

/// The stored contents that a loop's record names.
package struct StoredContents {
  private let ledger: Ledger
  private let store: ObjectStore
  /// Those that were looked at: many candidates share them.
  private var seen: Set<Digest> = []

  package init(ledger: Ledger, store: ObjectStore) {
    self.ledger = ledger
    self.store = store
  }

  /// Iterations whose contents were removed, by the loop's own record.
  package static func removed(_ ledger: Ledger, loop: Int64) throws -> [ClosedRange<Int>] {
    try ledger.events(loop: loop, [.removed]).flatMap { $0.detail.map(IterationRanges.read) ?? [] }
  }

  /// Reads all of it and compares it with its names.
  ///
  /// - Returns: The first that is not as it was stored; nil where all is.
  package mutating func fault(of loop: LoopRecord) throws -> String? {
    if let fault = treeFault(loop.start.baselineTree) { return "the baseline: \(fault)" }
    let removed = try Self.removed(ledger, loop: loop.id)
    var found: String?
    try ledger.eachIteration(loop: loop.id) { row in
      // A try without a verdict is in no chain, and what it names may not have come to the disk.
      guard found == nil, row.result != nil, let candidate = row.candidate else { return }
      // What a tombstone says was removed may be gone; what is still there must be right.
      if removed.contains(where: { $0.contains(row.number) }) { return }
      if let fault = candidateFault(candidate) { found = "try \(row.number): \(fault)" }
    }
    try ledger.eachTrace(loop: loop.id) { place in
      guard found == nil, !removed.contains(where: { $0.contains(place.iteration) }),
        seen.insert(place.trace).inserted, let fault = store.fault(of: place.trace)
      else { return }
      found = "try \(place.iteration): the trace of '\(place.name)': \(fault)"
    }
    return found
  }

  private mutating func treeFault(_ digest: Digest) -> String? {
    if let fault = store.fault(of: digest) { return fault }
    do {
      for object in try Tree(digest, in: store).objects.sorted() where seen.insert(object).inserted {
        if let fault = store.fault(of: object) { return fault }
      }
      return nil
    } catch { return "\(error)" }
  }

  private mutating func candidateFault(_ digest: Digest) -> String? {
    guard seen.insert(digest).inserted else { return nil }
    if let fault = store.fault(of: digest) { return fault }
    do {
      for object in try Changes(serialized: store.read(digest)).contents.sorted() where seen.insert(object).inserted {
        if let fault = store.fault(of: object) { return fault }
      }
      return nil
    } catch { return "\(error)" }
  }

  /// Everything that a loop's record names, but what was removed, and what a power cut left of a try without a verdict: that one is
  /// made anew.
  package mutating func digests(of loop: LoopRecord, without dropped: Set<Int> = []) throws -> Set<Digest> {
    var found = try Tree(loop.start.baselineTree, in: store).objects
    let removed = try Self.removed(ledger, loop: loop.id)
    let store = store
    try ledger.eachIteration(loop: loop.id) { row in
      guard let candidate = row.candidate, !dropped.contains(row.number),
        !removed.contains(where: { $0.contains(row.number) }), !found.contains(candidate)
      else { return }
      do {
        found.formUnion(try Changes(serialized: store.read(candidate)).contents)
      } catch {
        guard row.result == nil else { throw error }
        return
      }
      found.insert(candidate)
    }
    try ledger.eachTrace(loop: loop.id) { place in
      guard !dropped.contains(place.iteration), !removed.contains(where: { $0.contains(place.iteration) }) else {
        return
      }
      found.insert(place.trace)
    }
    return found
  }
}
