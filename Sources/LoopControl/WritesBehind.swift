internal import Harness

/// What is written to the disk behind the loop's back, while a sandbox runs: by a thread of its own, one after the other.
///
/// Everything here was given to the kernel before, so that no kill of the loop takes it back; only a power cut could. A verdict waits
/// for all of it.
final class WritesBehind: Sendable {
  typealias Work = @Sendable () throws -> Void

  private struct State: Sendable {
    var waiting: [Work] = []
    var isWorking = false
    var isOver = false
    /// The first that failed, until somebody waits.
    var failure: (any Error)?
  }

  private let state: ConditionLock<State>
  /// Nil where there is none to be had: then everything is done at once.
  private let thread: JoinedThread?

  init() {
    let state = ConditionLock(State())
    self.state = state
    let queue = Queue(state)
    thread = try? JoinedThread { queue.work() }
  }

  deinit {
    guard let thread else { return }
    state.withLock { $0.isOver = true }
    thread.join()
  }

  /// Has something done soon.
  func add(_ work: @escaping Work) throws {
    guard thread != nil else { return try work() }
    state.withLock { $0.waiting.append(work) }
  }

  /// Waits until all of it is done.
  ///
  /// - Throws: What the first that failed threw.
  func finish() throws {
    guard thread != nil else { return }
    let failure = state.withLock(
      when: { $0.waiting.isEmpty && !$0.isWorking },
      { state -> (any Error)? in
        defer { state.failure = nil }
        return state.failure
      })
    if let failure { throw failure }
  }

  /// What the thread works with.
  private final class Queue: Sendable {
    let state: ConditionLock<State>

    init(_ state: ConditionLock<State>) { self.state = state }

    func work() {
      while let work = next() {
        let done = Result { try work() }
        state.withLock { state in
          state.isWorking = false
          if case .failure(let error) = done, state.failure == nil { state.failure = error }
        }
      }
    }

    /// Waits for something to do; nil at the end, when all is done.
    private func next() -> Work? {
      state.withLock(
        when: { $0.isOver || !$0.waiting.isEmpty },
        { state -> Work? in
          guard !state.waiting.isEmpty else { return nil }
          state.isWorking = true
          return state.waiting.removeFirst()
        })
    }
  }
}
