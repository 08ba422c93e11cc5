internal import Glibc
internal import Synchronization

/// Has the sandboxes of other processes rest while this one measures, and this one's while another does.
///
/// Each process stops and continues its own sandboxes, and those of nobody else: so a death leaves nothing stopped, and nobody
/// can stop what is another user's. Honoured are measurements of one's own user and of root.
package final class MeasurementNotice: Sendable {
  /// This machine's.
  package static let machine = MeasurementNotice()

  private struct State {
    var own: NoticeFile?
    var root: NoticeFile?
    var nextLook = Duration.zero
    /// Measurements of this process, and the byte that tells of them.
    var announced = 0
    var byte: Int64?
    /// Sandboxes of this process that work.
    var working = 0
    /// Since when another measures.
    var since: Duration?
    /// What of this process rests, since when, and how long something did before.
    var resting = 0
    var restingSince = Duration.zero
    var rested = Duration.zero

    var files: [NoticeFile] { [own, root].compactMap(\.self) }
  }

  private let folders: [String]
  private let pattern: RestPattern
  private let state: Mutex<State>
  /// How often is looked for root's file, which may be made at any time.
  private static let patience = Duration.seconds(10)

  package init(folders: [String] = LockFile.folders, pattern: RestPattern = RestPattern()) {
    self.folders = folders
    self.pattern = pattern
    state = Mutex(State(own: NoticeFile(of: geteuid(), in: folders)))
  }

  /// Tells others of a measurement. False where they can't be told.
  package func announce() -> Bool {
    state.withLock { state in
      if state.announced == 0 { state.byte = state.own?.announce() }
      guard state.byte != nil else { return false }
      state.announced += 1
      return true
    }
  }

  package func withdraw() {
    state.withLock { state in
      state.announced -= 1
      guard state.announced == 0, let byte = state.byte.take() else { return }
      state.own?.withdraw(byte)
    }
  }

  /// Whether another process measures.
  package var isAnnounced: Bool { state.withLock { $0.files.contains(where: \.isAnnounced) } }

  /// Whether sandboxes of other processes work that would rest.
  package var othersWork: Bool { state.withLock { $0.own?.othersWork ?? false } }

  /// Whether sandboxes of this process are to rest now.
  var mustRest: Bool {
    state.withLock { state in
      // Who measures works.
      guard state.announced == 0 else { return false }
      let now = monotonicNow()
      if state.root == nil, geteuid() != 0, now >= state.nextLook {
        state.nextLook = now + Self.patience
        state.root = NoticeFile(of: 0, in: folders)
        if state.working > 0 { state.root?.beginWork() }
      }
      guard state.files.contains(where: \.isAnnounced) else {
        state.since = nil
        return false
      }
      let since = state.since ?? now
      state.since = since
      return pattern.rests(after: now - since)
    }
  }

  func beginWork() {
    state.withLock { state in
      state.working += 1
      if state.working == 1 { for file in state.files { file.beginWork() } }
    }
  }

  func endWork() {
    state.withLock { state in
      state.working -= 1
      if state.working == 0 { for file in state.files { file.endWork() } }
    }
  }

  func beginRest() {
    state.withLock { state in
      if state.resting == 0 { state.restingSince = monotonicNow() }
      state.resting += 1
    }
  }

  func endRest() {
    state.withLock { state in
      state.resting -= 1
      if state.resting == 0 { state.rested += monotonicNow() - state.restingSince }
    }
  }

  /// How long something of this process has rested: time that counts for no budget.
  package var rested: Duration {
    state.withLock { $0.rested + ($0.resting > 0 ? monotonicNow() - $0.restingSince : .zero) }
  }

  /// Holds up a launch while another process measures.
  func wait(unless cancellation: Cancellation?) {
    guard mustRest else { return }
    beginRest()
    while mustRest, cancellation?.isCancelled != true { usleep(20_000) }
    endRest()
  }
}
