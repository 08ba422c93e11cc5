import Glibc
import Synchronization
import Testing

@testable import LoopControl

@Suite("Writes behind the loop's back") struct WritesBehindTests {
  private struct Failed: Error, Equatable { let number: Int }

  /// What was done, in its order.
  private final class Record: Sendable {
    let done = Mutex<[Int]>([])
    func add(_ number: Int) { done.withLock { $0.append(number) } }
    var all: [Int] { done.withLock { $0 } }
  }

  @Test("are done one after the other, and waited for") func order() throws {
    let (behind, record) = (WritesBehind(), Record())
    for number in 0..<20 {
      try behind.add {
        usleep(1000)
        record.add(number)
      }
    }
    try behind.finish()
    #expect(record.all == Array(0..<20))
    try behind.finish()
  }

  @Test("the first failure is thrown where it is waited for, once, and the rest is done") func failure() throws {
    let (behind, record) = (WritesBehind(), Record())
    for number in 0..<4 {
      try behind.add {
        record.add(number)
        if number > 1 { throw Failed(number: number) }
      }
    }
    #expect(throws: Failed(number: 2)) { try behind.finish() }
    try behind.finish()
    #expect(record.all == [0, 1, 2, 3])
  }

  @Test("what is under way at the end is still done") func end() throws {
    let record = Record()
    var behind: WritesBehind? = WritesBehind()
    for number in 0..<3 {
      try behind?.add {
        usleep(1000)
        record.add(number)
      }
    }
    behind = nil
    #expect(record.all == [0, 1, 2])
  }
}
