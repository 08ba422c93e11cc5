internal import Glibc
internal import Harness
internal import Ledger
internal import Sandbox
internal import Workspace

/// Holds the size of the state folder that a harness allows (`loop.disk`).
///
/// The record stays whatever it takes; what goes are the contents of candidates that were not kept: those of earlier loops first, then
/// this loop's. Each loop gets a tombstone for them, as with `belljar gc`. Where that isn't enough the loop ends.
package struct StateLimit: Sendable {
  /// How often the folder is added up: a look at 100,000 objects takes a third of a second.
  package var interval = 60.0
  /// Newer objects may belong to a command that runs beside this loop, in seconds.
  package var grace = 3600
  fileprivate var lookedAt: Double?

  package init() {}
}

extension LoopRunner {
  /// Looks at the state folder now and then, and makes room where it holds too much.
  ///
  /// - Returns: The end of the loop, where none can be made.
  func holdStateLimit() throws -> EndOfLoop? {
    guard let most = bench.harness.loop.disk else { return nil }
    let now = Clock.seconds()
    if let last = stateLimit.lookedAt, now - last < stateLimit.interval { return nil }
    stateLimit.lookedAt = now
    if try held() <= most { return nil }
    // Beside another command's evaluation nothing is removed: this looks again after the interval.
    return try bench.use.alone { try makeRoom(most) } ?? nil
  }

  private func makeRoom(_ most: Int) throws -> EndOfLoop? {
    let cleaning = StateCleaning(
      ledger: ledger, store: bench.store, state: bench.state, checkout: bench.root, foundations: bench.foundations)
    let before = time(nil) - stateLimit.grace
    _ = try cleaning.run(discarded: true, before: before, dryRun: false)
    if try held() <= most { return nil }
    let members = Set(population?.members.map(\.number) ?? [])
    let report = try cleaning.run(discarded: true, before: before, dryRun: false, running: (loop, members))
    if let dropped = report.candidates.last(where: { $0.loop == loop })?.count { tell(.madeRoom(candidates: dropped)) }
    return try held() <= most ? nil : .disk
  }

  /// What the objects and the ledger take on the disk, without its write-ahead log, which is bounded.
  private func held() throws -> Int {
    var about = stat()
    let ledger = stat(bench.state.ledger, &about) == 0 ? Int(about.st_blocks) * 512 : 0
    return try bench.store.bytes + ledger
  }
}
