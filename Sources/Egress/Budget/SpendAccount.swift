internal import Synchronization

/// What a loop may spend, and has spent. One account serves any number of gateways at once.
///
/// The most that a request can cost is set aside before it is forwarded, and what it did cost is charged when its answer has
/// said so. What is set aside counts as spent, and stays spent where no answer says otherwise: so the limits hold for parallel
/// requests, lost streams, and across a crash.
package final class SpendAccount: Sendable {
  package struct Limits: Sendable, Hashable {
    package var loop: USD?
    package var iteration: USD?

    package init(loop: USD? = nil, iteration: USD? = nil) {
      self.loop = loop
      self.iteration = iteration
    }
  }

  package struct Totals: Sendable, Hashable {
    /// Charged, and set aside for what isn't answered or was lost.
    package var spent = USD.zero
    /// Of that, set aside for requests that are under way now.
    package var underWay = USD.zero
    package var usage = TokenUsage()
    package var requests = 0

    package init() {}
  }

  /// For what a request is paid: an iteration, or a step of one. Several may be under way at once.
  package struct Share: Sendable, Hashable {
    package let name: String
    /// Its own limit, within the loop's.
    package let limit: USD?

    package init(_ name: String, limit: USD? = nil) {
      self.name = SpendJournal.word(name)
      self.limit = limit
    }
  }

  /// An amount set aside.
  package struct Reservation: Sendable {
    let number: Int
    package let amount: USD
  }

  /// Why a request can't be paid for.
  package enum Shortage: Error {
    /// Never any more, with what limit is used up.
    case exhausted(String)
    /// Not while other requests are under way.
    case busy
    /// The record of spending can't be written.
    case unrecorded(String)
  }

  private struct State {
    var isLoopExhausted = false
    var inLoop = Totals()
    var iterations: [String: Totals] = [:]
    var open: [Int: (share: Share, amount: USD)] = [:]
    var next = 1
    var journal: SpendJournal?

    mutating func change(_ share: Share, _ change: (inout Totals) -> Void) {
      change(&inLoop)
      change(&iterations[share.name, default: Totals()])
    }
  }

  package let limits: Limits
  /// Who pays where nobody else is named.
  package let usual: Share
  private let state: Mutex<State>

  /// - Parameters:
  ///   - journal: The file that remembers; a limit needs one.
  ///   - iteration: The name of the usual share.
  /// - Throws: `EgressError` where the journal can't be used.
  package init(limits: Limits = Limits(), journal path: String? = nil, iteration: String = "0") throws {
    guard path != nil || limits == Limits() else {
      throw EgressError("hold a cost budget", "without a record", "a file for it must be named")
    }
    self.limits = limits
    usual = Share(iteration, limit: limits.iteration)
    var state = State()
    if let path {
      let journal = try SpendJournal(path: path)
      for entry in try journal.read() {
        // What was under way at a crash is lost, and costs what was set aside.
        let cost = entry.settled ?? entry.amount
        state.inLoop.spent = state.inLoop.spent + cost
        state.inLoop.requests += 1
        state.iterations[entry.iteration, default: Totals()].spent =
          (state.iterations[entry.iteration]?.spent ?? .zero) + cost
        state.iterations[entry.iteration]?.requests += 1
        state.next = max(state.next, entry.number + 1)
      }
      state.journal = journal
    }
    self.state = Mutex(state)
  }

  /// A share in this account: of an iteration, or a step of one, with what it has spent already.
  ///
  /// - Parameter limit: Of this share; nil for the account's own.
  package func share(_ name: String, limit: USD? = nil) -> Share { Share(name, limit: limit ?? limits.iteration) }

  package func isLimited(_ share: Share) -> Bool { limits.loop != nil || share.limit != nil }

  /// Whether a request was refused because the loop's own limit had no room for it.
  package var isLoopExhausted: Bool { state.withLock { $0.isLoopExhausted } }

  /// Of the whole loop, earlier runs included (their tokens are not).
  package var totals: Totals { state.withLock { $0.inLoop } }

  package func totals(of share: Share) -> Totals { state.withLock { $0.iterations[share.name] ?? Totals() } }

  /// What iterations of these names have spent together.
  package func spent(_ isCounted: (String) -> Bool) -> USD {
    state.withLock { state in
      state.iterations.filter { isCounted($0.key) }.reduce(USD.zero) { $0 + $1.value.spent }
    }
  }

  /// What could still be set aside, and whether more could be once others have ended.
  private func left(_ share: Share, _ state: borrowing State) -> (now: USD, later: USD)? {
    var now: USD?
    var later: USD?
    let inShare = state.iterations[share.name] ?? Totals()
    for (limit, totals) in [(limits.loop, state.inLoop), (share.limit, inShare)] {
      guard let limit else { continue }
      now = min(now ?? limit, limit - totals.spent)
      later = min(later ?? limit, limit - (totals.spent - totals.underWay))
    }
    if let now, let later { return (now, later) }
    return nil
  }

  /// Sets aside `amount(left)`, on disk when it returns. Blocks for a write to the disk.
  ///
  /// - Parameters:
  ///   - share: Who pays; nil for the usual one.
  ///   - least: Below this the request isn't worth forwarding.
  ///   - amount: What to set aside, given what is left; nil where nothing limits it.
  package func reserve(
    for share: Share? = nil, least: USD, model: String, amount: (_ left: USD?) -> USD
  ) throws(Shortage) -> Reservation {
    let share = share ?? usual
    let result = state.withLock { state -> Result<Reservation, Shortage> in
      let left = left(share, state)
      if let left, left.now < least {
        if left.later >= least { return .failure(.busy) }
        let name = limits.loop.map { $0 - state.inLoop.spent <= left.now } == true ? "loop" : "iteration"
        let limit = (name == "loop" ? limits.loop : share.limit) ?? .zero
        if name == "loop" { state.isLoopExhausted = true }
        let spent = name == "loop" ? state.inLoop.spent : state.iterations[share.name]?.spent ?? .zero
        return .failure(
          .exhausted(
            "the cost budget of this \(name), \(limit), is used up: \(spent) are spent, and this request could cost \(least) or more"
          ))
      }
      let wanted = amount(left?.now)
      if let left, wanted > left.now {
        return .failure(left.later >= wanted ? .busy : .exhausted("\(wanted) is more than what is left, \(left.now)"))
      }
      let number = state.next
      do {
        try state.journal?.reserve(number, iteration: share.name, wanted, model: model)
      } catch {
        return .failure(.unrecorded("\(error)"))
      }
      state.next += 1
      state.open[number] = (share, wanted)
      state.change(share) {
        $0.spent = $0.spent + wanted
        $0.underWay = $0.underWay + wanted
        $0.requests += 1
      }
      return .success(Reservation(number: number, amount: wanted))
    }
    return try result.get()
  }

  /// Charges what a request has cost; nil where nobody has said, and then it is what was set aside.
  @discardableResult
  package func settle(_ reservation: Reservation, cost: USD?, usage: TokenUsage = TokenUsage()) -> USD {
    state.withLock { state in
      guard let open = state.open.removeValue(forKey: reservation.number) else { return .zero }
      var charged = cost ?? open.amount
      if let cost, let journal = state.journal {
        // Unwritten, the reservation stands after a crash; so it must stand now too.
        do { try journal.settle(reservation.number, cost) } catch { charged = max(cost, open.amount) }
      }
      state.change(open.share) {
        $0.spent = $0.spent - open.amount + charged
        $0.underWay = $0.underWay - open.amount
        $0.usage = $0.usage + usage
      }
      return charged
    }
  }
}
