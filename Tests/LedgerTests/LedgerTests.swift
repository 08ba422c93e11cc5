import Digests
import FoundationEssentials
import Ledger
import Testing

@Suite("The ledger") struct LedgerTests {
  @Test("what was recorded is there after the ledger is opened again") func reopening() throws {
    try withLedger { path in
      let loop = try Ledger(path: path).filled(iterations: 3)
      let ledger = try Ledger(path: path)
      let record = try #require(try ledger.latestLoop(checkout: "/p"))
      #expect(record.id == loop)
      #expect(record.start == LoopStart.sample)
      #expect(record.champion == 0)
      let detail = try #require(try ledger.iteration(loop: loop, number: 2))
      #expect(detail.runs == [RunRecord.sample, RunRecord.sample])
      #expect(detail.scores == [ScoreRecord.sample])
      #expect(detail.iteration.result == IterationResult.sample(.discarded))
      #expect(detail.iteration.parent == 0)
      #expect(detail.iteration.prompt == "try 2")
      #expect(try ledger.iteration(loop: loop, number: 3) == nil)
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
    }
  }

  @Test(
    "texts come back as they were, but for NUL",
    arguments: [
      ("it's \"quoted\"; DROP TABLE loops; --", "it's \"quoted\"; DROP TABLE loops; --"),
      ("one\ntwo\r\n\tthree", "one\ntwo\r\n\tthree"),
      ("é 🧪 \u{FEFF}", "é 🧪 \u{FEFF}"), ("", ""), ("a\0b", "a\u{2400}b"),
    ])
  func texts(written: String, read: String) throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.createLoop(.sample)
      _ = try ledger.beginIteration(loop: loop, parent: nil, prompt: written, started: 1)
      let result = IterationResult(verdict: .rejected, reason: written, note: written, ended: 2, seconds: 1)
      let run = RunRecord(
        step: written, side: .ours, ordinal: 0, outcome: written, wallMicroseconds: 1, stdoutTail: written)
      try ledger.finishIteration(loop: loop, number: 0, result, runs: [run], scores: [], championMoves: false)
      let detail = try #require(try ledger.iteration(loop: loop, number: 0))
      #expect(detail.iteration.result?.reason == read)
      #expect(detail.iteration.prompt == read)
      #expect(detail.runs.first?.stdoutTail == read)
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
    }
  }

  @Test("a number that is not finite is kept as none") func infinities() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.createLoop(.sample)
      _ = try ledger.beginIteration(loop: loop, parent: nil, started: 1)
      let result = IterationResult(
        verdict: .invalid, reason: "", ended: 2, seconds: 1, objective: .nan, ratio: .infinity)
      let score = ScoreRecord(scorer: "s", role: "gate", channel: "inside", value: .nan)
      try ledger.finishIteration(loop: loop, number: 0, result, runs: [], scores: [score], championMoves: false)
      let detail = try #require(try ledger.iteration(loop: loop, number: 0))
      #expect(detail.scores.first?.value == nil)
      #expect(detail.iteration.result?.objective == nil)
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
    }
  }

  @Test("the champion moves in the same transaction, and only to a kept candidate") func champion() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 1)
      let number = try ledger.beginIteration(loop: loop, parent: 0, started: 1)
      let complaint = #expect(throws: LedgerError.self) {
        try ledger.finishIteration(
          loop: loop, number: number, .sample(.discarded), runs: [], scores: [], championMoves: true)
      }
      #expect(complaint?.description.contains("the champion moves only to a candidate that was kept") == true)
      #expect(try ledger.loop(loop)?.champion == 0)
      try ledger.finishIteration(loop: loop, number: number, .sample(.kept), runs: [], scores: [], championMoves: true)
      #expect(try ledger.loop(loop)?.champion == 1)
    }
  }

  @Test("an iteration that can't be recorded whole is not recorded at all") func atomicity() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 1)
      let head = try ledger.head(loop: loop)
      #expect(throws: LedgerError.self) {
        try ledger.finishIteration(loop: loop, number: 7, .sample(.kept), runs: [], scores: [], championMoves: true)
      }
      #expect(throws: LedgerError.self) {
        try ledger.finishIteration(
          loop: loop, number: 0, .sample(.kept), runs: [.sample], scores: [], championMoves: true)
      }
      #expect(try ledger.iteration(loop: loop, number: 0)?.runs.count == 2)
      #expect(try ledger.head(loop: loop) == head)
      #expect(throws: LedgerError.self) { try ledger.beginIteration(loop: 99, parent: nil, started: 1) }
      #expect(throws: LedgerError.self) { try ledger.record(EventRecord(.ended, at: 1), loop: 99) }
    }
  }

  @Test("iterations are finished in their order") func order() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 1)
      let first = try ledger.beginIteration(loop: loop, parent: 0, started: 1)
      let second = try ledger.beginIteration(loop: loop, parent: 0, started: 2)
      let complaint = #expect(throws: LedgerError.self) {
        try ledger.finishIteration(
          loop: loop, number: second, .sample(.kept), runs: [], scores: [], championMoves: false)
      }
      #expect(complaint?.description.contains("iteration 1 is not finished; finish it first") == true)
      try ledger.finishIteration(
        loop: loop, number: first, .sample(.invalid), runs: [], scores: [], championMoves: false)
      try ledger.finishIteration(loop: loop, number: second, .sample(.kept), runs: [], scores: [], championMoves: true)
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
    }
  }

  @Test("after a kill the other connection finds what was begun, with what was known of it") func killed() throws {
    try withLedger { path in
      let killed = try Ledger(path: path)
      let loop = try killed.filled(iterations: 2)
      let candidate = Digest(of: "c".utf8)
      _ = try killed.beginIteration(loop: loop, parent: 0, prompt: "p", started: 9)
      try killed.noteIteration(loop: loop, number: 2, state: .evaluating, candidate: candidate)
      // The first connection stays open, as a killed process leaves it: nothing is closed or checkpointed.
      let resumed = try Ledger(path: path)
      let unfinished = try resumed.unfinished(loop: loop)
      #expect(unfinished.map(\.number) == [2])
      #expect(unfinished.first?.state == .evaluating)
      #expect(unfinished.first?.candidate == candidate)
      #expect(unfinished.first?.result == nil)
      #expect(try resumed.verifyChain(loop: loop).fault == nil)
      try resumed.finishIteration(loop: loop, number: 2, .sample(.kept), runs: [], scores: [], championMoves: true)
      #expect(try resumed.unfinished(loop: loop).isEmpty)
      #expect(try killed.loop(loop)?.champion == 2)
    }
  }

  @Test("lists are of one checkout and in order") func lists() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let first = try ledger.filled(iterations: 12)
      var other = LoopStart.sample
      other.checkout = "/q"
      _ = try ledger.createLoop(other)
      let last = try ledger.createLoop(.sample)
      #expect(try ledger.loops(checkout: "/p").map(\.id) == [first, last])
      #expect(try ledger.latestLoop(checkout: "/p")?.id == last)
      #expect(try ledger.latestLoop(checkout: "/r") == nil)
      #expect(try ledger.iterations(loop: first, last: 3).map(\.number) == [9, 10, 11])
      #expect(try ledger.iterations(loop: first, last: .max).count == 12)
      #expect(try ledger.iterations(loop: first, last: -1).isEmpty)
      try ledger.record(EventRecord(.ended, at: 5, detail: "target met"), loop: first)
      #expect(try ledger.loop(first)?.endReason == "target met")
      try ledger.record(EventRecord(.resumed, at: 6), loop: first)
      #expect(try ledger.loop(first)?.ended == nil)
      #expect(try ledger.verifyChain(loop: first).fault == nil)
    }
  }

  @Test("an interrupted attempt is an event of the chain, and the iteration is taken up again") func again() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 1)
      let number = try ledger.beginIteration(loop: loop, parent: 0, prompt: "p", started: 9)
      try ledger.noteIteration(loop: loop, number: number, state: .evaluating, candidate: Digest(of: "c".utf8))
      let interrupted = EventRecord(.interrupted, iteration: number, at: 10, spent: 4.5)
      try ledger.beginAgain(
        loop: loop, number: number, parent: 0, prompt: "p", started: 10, interrupted: interrupted)
      let unfinished = try ledger.unfinished(loop: loop)
      #expect(unfinished.map(\.number) == [1])
      #expect(unfinished.first?.candidate == nil)
      #expect(unfinished.first?.started == 10)
      #expect(try ledger.events(loop: loop, [.interrupted]).map(\.spent) == [4.5])
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
      try ledger.finishIteration(
        loop: loop, number: number, .sample(.kept), runs: [], scores: [], championMoves: true,
        events: [EventRecord(.pinned, at: 11, detail: "{}")])
      #expect(try ledger.lastFinished(loop: loop)?.position == 3)
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
    }
  }

  @Test("the tries of a round begin at once, and are finished in their order") func round() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 2)
      let round = LoopRound(2...4, champion: 0)
      let starts = (2...4).map { IterationStart(parent: 0, prompt: "try \($0)") }
      #expect(throws: LedgerError.self) {
        try ledger.beginRound(LoopRound(3...5, champion: 0), loop: loop, starts, started: 9, spent: 1)
      }
      #expect(throws: LedgerError.self) {
        try ledger.beginRound(round, loop: loop, Array(starts.dropLast()), started: 9, spent: 1)
      }
      #expect(try ledger.unfinished(loop: loop).isEmpty)
      try ledger.beginRound(round, loop: loop, starts, started: 9, spent: 1)
      #expect(try ledger.unfinished(loop: loop).map(\.prompt) == ["try 2", "try 3", "try 4"])
      #expect(try ledger.lastRound(loop: loop) == round)
      #expect(throws: LedgerError.self) {
        try ledger.finishIteration(
          loop: loop, number: 3, .sample(.kept), runs: [], scores: [], championMoves: true)
      }
      for number in 2...4 {
        #expect(try ledger.verifyChain(loop: loop).fault == nil)
        try ledger.finishIteration(
          loop: loop, number: number, .sample(.discarded), runs: [.sample], scores: [], championMoves: false)
      }
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
    }
  }

  @Test("a round's text is read back, and nothing else is taken for one")
  func roundText() {
    let round = LoopRound(5...8, champion: 3)
    #expect(round.text == "tries 5-8 from 3")
    #expect(LoopRound(round.text) == round)
    for text in ["", "tries 8-5 from 3", "tries 5 from 3", "tries 0-1 from 0", "tries 1-9223372036854775807 from 0"] {
      #expect(LoopRound(text) == nil, "\(text)")
    }
  }

  @Test("the champion goes back to what was kept and to nothing else; nothing is removed") func restored() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 2)
      let number = try ledger.beginIteration(loop: loop, parent: 0, started: 1)
      try ledger.finishIteration(loop: loop, number: number, .sample(.kept), runs: [], scores: [], championMoves: true)
      try ledger.record(EventRecord(.restored, iteration: 0, at: 2), loop: loop)
      #expect(try ledger.loop(loop)?.champion == 0)
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
      let discarded = #expect(throws: LedgerError.self) {
        try ledger.record(EventRecord(.restored, iteration: 1, at: 2), loop: loop)
      }
      #expect(
        discarded?.description.contains("the champion goes back only to what was kept; iteration 1 was discarded")
          == true)
      #expect(throws: LedgerError.self) { try ledger.record(EventRecord(.restored, iteration: 7, at: 2), loop: loop) }
      #expect(try ledger.iterations(loop: loop, last: .max).count == 3)
    }
  }

  @Test("filters find what they name") func filters() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 6)
      var filter = IterationFilter()
      filter.verdict = .kept
      #expect(try ledger.iterations(loop: loop, last: 9, filter).map(\.number) == [0])
      filter.verdict = .discarded
      #expect(try ledger.iterations(loop: loop, last: 2, filter).map(\.number) == [4, 5])
      filter.text = "I tried"
      #expect(try ledger.iterations(loop: loop, last: 1, filter).map(\.number) == [5])
      filter.text = "nothing of the kind"
      #expect(try ledger.iterations(loop: loop, last: 9, filter).isEmpty)
      var seen: [Int] = []
      try ledger.eachDetail(loop: loop) { seen.append($0.iteration.number + 10 * $0.runs.count) }
      #expect(seen == [20, 21, 22, 23, 24, 25])
    }
  }
}

@Suite("A new ledger") struct NewLedgerTests {
  @Test("is made once, however many open it at the same time") func race() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/belljar-race-\(UInt64.random(in: 0 ... .max))"
    for turn in 0..<20 {
      let path = "\(folder)/\(turn)/ledger.sqlite"
      await withTaskGroup(of: String?.self) { group in
        for _ in 0..<4 {
          group.addTask { do { return try Ledger(path: path).pragma("journal_mode") } catch { return "\(error)" } }
        }
        for await answer in group { #expect(answer == "wal") }
      }
    }
    try FileManager.default.removeItem(atPath: folder)
  }
}
