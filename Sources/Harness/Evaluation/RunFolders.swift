internal import Glibc
internal import Sandbox
internal import Workspace

/// The folders that runs write into. A thread of its own makes some before they are asked for, and removes used ones while the
/// next runs go on: both take longer than a launch, most of it spent waiting for the file system's journal.
final class RunFolders: Sendable {
  /// The most that are made ahead: what one evaluation takes.
  private static let most = 8

  private struct State {
    var number = 0
    var spare: [String] = []
    var used: [String] = []
    /// How many are made ahead: as many as were asked for, so that a single run makes none in vain.
    var wanted = 0
    var isWorking = false
    var isOver = false

    mutating func nextNumber() -> Int {
      number += 1
      return number
    }
    /// What the thread has to do.
    var hasWork: Bool { spare.count < wanted || !used.isEmpty }
  }

  private let scratch: ScratchFolder
  private let state: ConditionLock<State>
  /// Nil where there is none to be had: then everything is done when it is asked for.
  private let thread: JoinedThread?

  init(_ scratch: ScratchFolder) {
    self.scratch = scratch
    let state = ConditionLock(State())
    self.state = state
    let helper = Helper(path: scratch.path, state: state)
    thread = try? JoinedThread { helper.work() }
  }

  deinit {
    guard let thread else { return }
    state.withLock { $0.isOver = true }
    thread.join()
  }

  /// A path within the scratch folder that nobody has had.
  func next(_ kind: String) -> String { "\(scratch.path)/\(kind)-\(state.withLock { $0.nextNumber() })" }

  /// A new empty folder that the sandbox's user owns.
  func take() throws -> String {
    let spare = state.withLock { state in
      if thread != nil { state.wanted = min(state.wanted + 1, Self.most) }
      return state.spare.popLast()
    }
    if let spare { return spare }
    let path = next("run")
    try Folders.makeForSandbox(path)
    return path
  }

  /// Removes folders, now or soon. What can't be removed goes with the scratch folder, or at the next start.
  func clear(_ paths: [String]) {
    guard thread == nil else { return state.withLock { $0.used += paths } }
    for path in paths { Helper.remove(path) }
  }

  /// Waits until nothing is being made or removed: before a run that is measured.
  func settle() {
    guard thread != nil else { return }
    state.wait { !$0.isWorking && !$0.hasWork }
  }

  /// What the thread works with.
  private final class Helper: Sendable {
    private enum Task: Sendable {
      case make(String)
      case remove(String)
    }
    let path: String
    let state: ConditionLock<State>

    init(path: String, state: ConditionLock<State>) {
      self.path = path
      self.state = state
    }

    func work() {
      while let task = next() {
        switch task {
        case .make(let path):
          let made = Result { try Folders.makeForSandbox(path) }
          state.withLock { state in
            state.isWorking = false
            switch made {
            case .success: state.spare.append(path)
            // Whoever takes one now makes it, and says why that fails.
            case .failure: state.wanted = 0
            }
          }
        case .remove(let path):
          Self.remove(path)
          state.withLock { $0.isWorking = false }
        }
      }
    }

    /// Waits for something to do; nil at the end.
    private func next() -> Task? {
      state.withLock(
        when: { $0.isOver || $0.hasWork },
        { [path] state -> Task? in
          if state.isOver { return nil }
          state.isWorking = true
          // The next run waits for a folder sooner than for room.
          return state.spare.count < state.wanted
            ? .make("\(path)/run-\(state.nextNumber())") : .remove(state.used.removeFirst())
        })
    }

    static func remove(_ path: String) {
      // Runs that go on meanwhile must not be credited with the room that this makes.
      do { try TreeRemoval.removeTree(path) { FreedSpace.add(bytes: $0, files: 1) } } catch { return }
    }
  }
}
