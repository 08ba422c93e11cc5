import FoundationEssentials
import Harness
import LoopControl
import Testing

@Suite("The lock of a checkout's loop, and what is asked of who holds it") struct LoopLockTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "belljar-lock-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test("it is taken while others ask all the time who holds it") func asked() throws {
    try withFolder { folder in
      let isOver = ConditionLock(false)
      let asking = try JoinedThread {
        while !isOver.withLock({ $0 }) { _ = LoopLock.holder(folder) }
      }
      defer {
        isOver.withLock { $0 = true }
        asking.join()
      }
      for _ in 0..<200 {
        let lock = try LoopLock(folder)
        withExtendedLifetime(lock) {}
      }
    }
  }

  @Test("one that is held is not given twice") func held() throws {
    try withFolder { folder in
      let lock = try LoopLock(folder)
      #expect(throws: LoopIsRunning.self) { try LoopLock(folder) }
      withExtendedLifetime(lock) {}
    }
  }

  @Test("a pause is taken back, and a cancel is not") func takingBack() throws {
    try withFolder { folder in
      let requests = LoopRequests(folder: folder)
      try requests.make(.pause)
      try requests.takeBack(.pause)
      #expect(requests.current == nil)
      // A cancel stands before a pause that came after it, and stays when that is taken back.
      for first in [LoopRequests.Request.cancel, .pause] {
        try requests.make(first)
        try requests.make(first == .cancel ? .pause : .cancel)
        #expect(requests.current == .cancel)
        try requests.takeBack(.pause)
        #expect(requests.current == .cancel)
        try requests.clear()
        #expect(requests.current == nil)
      }
    }
  }
}
