import Digests
import FoundationEssentials
import Glibc
import Harness
import Ledger
import Testing
import Workspace

@Suite("The record of a loop") struct RecordTests {
  /// A loop that has ended.
  private func ended() throws -> Program {
    let program = try Program(ScriptedLoop.files)
    let loop = try program.run(["loop"])
    #expect(loop.status == 0, "\(loop.error)")
    return program
  }

  @Test("any try is checked out, the champion goes back, notes are added, and the chain holds") func changes() throws {
    let program = try ended()
    func run(_ words: String...) throws -> String {
      let answer = try program.run(words)
      return answer.output + answer.error
    }
    #expect(try run("checkout", "4", "../four") == "try 4 of loop 1: 5 files in \(program.place)/four\n")
    #expect(program.text("four/value") == "995\n")
    #expect(try run("checkout", "4", "../four").contains("it is not empty, and nothing is overwritten"))
    #expect(try run("restore", "3").contains("goes back only to what was kept; iteration 3 was rejected"))
    #expect(try run("restore", "4") == "the champion of loop 1 is try 4; it was try 22\n")
    #expect(try run("diff").contains("+995"))
    #expect(try run("note", "4", "looks", "right") == "")
    #expect(try run("note", "99", "no such try").contains("iteration 99 is not finished"))
    #expect(try run("show", "4").contains("looks right"))
    #expect(try run("log", "--verdict", "kept", "--last", "1").contains("22    kept"))
    #expect(try run("log", "--grep", "exit code 7", "--last", "1").contains("19    invalid"))
    #expect(try run("status", "--loop", "scripted").contains("champion   try 4, 995, 1.01 times as good"))
    #expect(try run("status", "--loop", "other").contains("there is no loop 'other'"))
    #expect(try run("verify").hasPrefix("loop 1: 29 records, unchanged; head "))
    #expect(program.text("project/value") == "1000\n")
  }

  @Test("exports hold every try, in forms that others read") func exports() throws {
    let program = try ended()
    let lines = try program.run(["export"]).output.split(separator: "\n")
    for line in lines { #expect(line.hasPrefix("{\"record\": \"")) }
    #expect(lines.filter { $0.hasPrefix("{\"record\": \"iteration\"") }.count == 24)
    let csv = try program.run(["export", "--format", "csv"]).output.split(separator: "\r\n")
    #expect(csv.count == 25)
    #expect(csv[2].contains("1,0,kept,\"better: -0.1 %\",,\"try 1 from 1000\",999.0,0.999,"))
    let tsv = try program.run(["export", "--format", "tsv"]).output.split(separator: "\n")
    #expect(tsv[0] == "commit\tval_bpb\tmemory_gb\tstatus\tdescription")
    #expect(Set(tsv.dropFirst().map { $0.split(separator: "\t")[3] }) == ["keep", "discard", "crash"])
    #expect(tsv[2].hasSuffix("\t999.000000\t0.0\tkeep\ttry 1 from 1000"))
  }

  @Test("what gc removes has a tombstone, and everything else is still there") func tombstone() throws {
    let program = try ended()
    let state = try program.state()
    // A process was killed while it wrote this.
    let half = "\(state.path)/objects/\(try #require(folders("\(state.path)/objects").first))/.new-123"
    try Data("half".utf8).write(to: URL(filePath: half))
    let stray = try ObjectStore(root: state.path).put(Array("nobody names this".utf8))
    usleep(1_100_000)
    let dry = try program.run(["gc", "--discarded", "--grace", "0", "--dry-run"])
    #expect(dry.output.contains("would remove the contents of 13 tries of loop 1"), "\(dry.output)\(dry.error)")
    #expect(access(half, F_OK) == 0)
    let removed = try program.run(["gc", "--discarded", "--grace", "0"])
    #expect(removed.output.contains("1 half-written files"), "\(removed.output)\(removed.error)")
    #expect(access(half, F_OK) != 0)
    #expect(try ObjectStore(root: state.path).contains(stray) == false)
    #expect(try program.run(["verify"]).status == 0)
    #expect(try program.run(["checkout", "2", "../two"]).error.contains("were removed by `belljar gc`"))
    #expect(try program.run(["checkout", "22", "../last"]).status == 0)
    #expect(program.text("last/value") == "921\n")
    #expect(try program.run(["gc", "--discarded", "--grace", "0"]).output.hasPrefix("removed 0 objects"))
  }

  @Test("any stored content that is changed or missing is found", arguments: [false, true]) func contents(missing: Bool)
    throws
  {
    let program = try ended()
    let state = try program.state()
    let ledger = try Ledger(path: state.ledger)
    let loop = try #require(try ledger.loop(1))
    let objects = try ObjectStore(root: state.path)
    var named = try Tree(loop.start.baselineTree, in: objects).objects
    for row in try ledger.iterations(loop: 1, last: .max) {
      guard let candidate = row.candidate else { continue }
      named.insert(candidate)
      named.formUnion(try Changes(serialized: objects.read(candidate)).contents)
    }
    try ledger.eachTrace(loop: 1) { named.insert($0.trace) }
    #expect(named.count > 40)
    for digest in named {
      let path = objects.path(digest)
      let bytes = try Data(contentsOf: URL(filePath: path))
      // A new file: the trees that were laid out are hard links to the old one.
      unlink(path)
      if !missing {
        var other = bytes
        if other.isEmpty { other = Data([1]) } else { other[other.count / 2] ^= 1 }
        try other.write(to: URL(filePath: path))
      }
      let answer = try program.run(["verify"])
      #expect(answer.status == 1, "\(digest)")
      unlink(path)
      try bytes.write(to: URL(filePath: path))
    }
    #expect(try program.run(["verify"]).status == 0)
  }

  private func folders(_ path: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
  }
}
