import Glibc
import Ledger
import Testing

@Suite("What the disk may have later") struct SoonTests {
  @Test("is there for others at once, and the next record is on the disk again when its call returns") func begins()
    throws
  {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 1)
      let number = try ledger.beginIteration(loop: loop, parent: 0, prompt: "p", started: 1, soon: true)
      #expect(try Ledger(path: path).unfinished(loop: loop).map(\.number) == [number])
      #expect(try ledger.pragma("synchronous") == "2")
      try ledger.noteIteration(loop: loop, number: number, state: .evaluating, soon: true)
      try ledger.flush()
      #expect(try Ledger(path: path).unfinished(loop: loop).map(\.state) == [.evaluating])
    }
  }

  @Test("one that is refused leaves nothing, and the next record is on the disk as ever") func refused() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 1)
      #expect(throws: LedgerError.self) {
        try ledger.beginIteration(loop: loop, parent: nil, state: .finished, started: 1, soon: true)
      }
      #expect(try ledger.unfinished(loop: loop).isEmpty)
      #expect(try ledger.pragma("synchronous") == "2")
    }
  }

  @Test("there is nothing to write where nothing was written") func empty() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      try ledger.flush()
      unlink("\(path)-wal")
      try ledger.flush()
    }
  }
}
