internal import Glibc
package import Harness
package import Ledger

/// How a loop stands now, from its record and the signs of life of the process that runs it: what any other process may know.
package struct LoopStatus: Sendable {
  package enum State: String, Sendable {
    case running
    /// A pause was asked for, and waits for the try under way.
    case pausing
    case paused
    case cancelling
    /// It has no end, and nobody runs it: it can be resumed.
    case killed
    case ended
  }

  package let loop: LoopRecord
  package let state: State
  /// Who runs it.
  package let process: Int32?
  /// What it holds of the machine; nil where it doesn't run, or has no share of its own.
  package let share: LoopShare.Held?
  /// The iterations under way, several where tries are made side by side; of a loop that was cut short, those that are taken up
  /// again.
  package let underWay: [IterationRecord]
  /// The last that has its verdict.
  package let last: IterationRecord?
  /// What its stop rules count, with what is spent by now.
  package let standing: Standing
  /// The champion's iteration, with its objective; nil before the baseline is measured.
  package let champion: IterationRecord?
  /// Attempts that were cut short.
  package let interruptions: Int
  /// What its agents took.
  package let spending: AgentSpending
  /// The rules that end it; nil where its harness can't be read any more.
  package let stop: HarnessLoop.Stop?
  /// What the objective is measured in; nil where there is none.
  package let unit: String?

  /// - Parameter folder: The checkout's state folder.
  package init(_ loop: LoopRecord, ledger: Ledger, folder: String) throws {
    self.loop = loop
    let sign = Pulse.spent(folder: folder, loop: loop.id)
    let holder = loop.ended == nil && sign != nil ? LoopLock.holder(folder) : nil
    process = holder
    share = holder == nil ? nil : LoopShare.held(folder)
    last = try ledger.lastFinished(loop: loop.id)
    underWay = try ledger.unfinished(loop: loop.id)
    champion = try loop.champion.flatMap { try ledger.iteration(loop: loop.id, number: $0)?.iteration }
    spending = try ledger.spending(loop: loop.id)
    interruptions = try ledger.count(.interrupted, loop: loop.id)
    let turns = try ledger.events(loop: loop.id, [.paused, .continued, .resumed, .ended], last: 1)
    var counted = last?.result?.standing ?? Standing()
    counted.spent = max(counted.spent, turns.last?.spent ?? 0, sign ?? 0)
    if let champion { counted.gain = try ledger.gain(of: champion.number, loop: loop.id) }
    standing = counted
    var harness: HarnessFile?
    // A later Belljar may refuse what an older one took: the rest can be told all the same.
    if let file = try? HarnessFile.parse(text: loop.start.harnessText, file: loop.start.harnessPath) { harness = file }
    if let limit = loop.start.iterationLimit { harness?.loop.stop.iterations = limit }
    stop = harness?.loop.stop
    unit = harness?.objective?.comparedUnit
    if loop.ended != nil {
      state = .ended
    } else if holder == nil {
      state = .killed
    } else {
      let isPaused = turns.last?.kind == .paused
      switch LoopRequests(folder: folder).current {
      case .cancel: state = .cancelling
      case .pause: state = isPaused ? .paused : .pausing
      case nil: state = .running
      }
    }
  }
}

extension Ledger {
  /// How many times as good as the baseline a champion is: as it was last measured side by side, else as its keeping said.
  func gain(of champion: Int, loop: Int64) throws -> Double {
    guard champion > 0 else { return 1 }
    if let measured = try events(loop: loop, [.measured], iteration: champion, last: 1).last?.value { return measured }
    return try iteration(loop: loop, number: champion)?.iteration.result?.standing.gain ?? 1
  }
}
