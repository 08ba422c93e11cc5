package import Digests

/// What happened to a loop beside its iterations.
package enum EventKind: String, Sendable, CaseIterable {
  /// The tests that the baseline has; `detail` names the scorer and them.
  case pinned
  /// An attempt at an iteration that a kill or a cancellation cut short; it is begun again. `value` is what the try had cost
  /// by then, with its earlier attempts, in US dollars; nil where nothing is known.
  case interrupted
  /// The loop went on after a kill, a cancellation or a failure.
  case resumed
  case paused
  case continued
  /// Tries began that are made side by side; `detail` says which, and from which champion (`LoopRound`).
  case round
  /// An account's limit was reached, and is waited for; `value` is for how many seconds.
  case limited
  /// The champion was measured against the baseline once more; `value` is how many times as good it is.
  case measured
  /// Judges were asked for a check of the champion, which belongs to no iteration; `value` is what they cost that no such event
  /// before has told, in US dollars.
  case judged
  /// The champion went back to an earlier iteration.
  case restored
  /// A person's words on an iteration.
  case note
  /// The contents of some candidates were removed from the store; `detail` says whose.
  case removed
  /// The loop ended; `detail` says why.
  case ended
}

/// An event as it is recorded: a link of the same chain as the iterations.
package struct EventRecord: Sendable, Hashable {
  package var kind: EventKind
  /// The iteration that it is about.
  package var iteration: Int?
  package var at: Moment
  /// Seconds that the loop had spent by then.
  package var spent: Double?
  package var value: Double?
  package var detail: String?
  /// Its place in the chain, counted from 0; nil before it is recorded.
  package var position: Int?
  package var hash: Digest?

  package init(
    _ kind: EventKind, iteration: Int? = nil, at: Moment, spent: Double? = nil, value: Double? = nil,
    detail: String? = nil
  ) {
    self.kind = kind
    self.iteration = iteration
    self.at = at
    self.spent = spent
    self.value = value
    self.detail = detail
  }
}
