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

  @Test("gc leaves the setup that was used last, and all that a command is at work on") func setups() throws {
    let program = try Program([
      "value": "1\n", "wanted": "1\n",
      "belljar.yaml": """
      name: setups
      surface: {editable: [value]}
      setup: {run: cp wanted made, files: [wanted]}
      scorers: [{name: gate, kind: exit-code, role: gate, run: 'cmp wanted made && [ ! -e slow ] || sleep 20'}]
      agent: {kind: command, run: 'true'}
      loop: {strategy: retry, stop: {iterations: 1}}
      """,
    ])
    func write(_ text: String, _ name: String) throws {
      try Data(text.utf8).write(to: URL(filePath: "\(program.project)/\(name)"))
    }
    #expect(try program.run(["loop"]).status == 0)
    for number in 2...4 {
      try write("\(number)\n", "wanted")
      #expect(try program.run(["score"]).status == 0)
    }
    let layers = "\(try program.state().path)/layers"
    let made = folders(layers).filter { $0.hasSuffix(".whole") }
    #expect(made.count == 4)
    // Used long ago, in the order of their names; the second was used last.
    for (index, name) in made.enumerated() {
      var times = [timespec(tv_sec: 1000 + (index == 1 ? 9 : index), tv_nsec: 0)]
      times.append(times[0])
      utimensat(AT_FDCWD, "\(layers)/\(name)", times, 0)
    }
    #expect(try program.run(["gc", "--dry-run"]).output.contains("what 3 setups made"))
    #expect(folders(layers).count == 8)

    try write("", "slow")
    let slow = try program.start(["score"])
    let scratch = "\(try program.state().path)/scratch"
    // It has made its place, and said which setup it uses.
    let since = time(nil) - 1000
    for _ in 0..<2000 where !folders(layers).contains(where: { changed("\(layers)/\($0)") > since }) { usleep(10_000) }
    let busy = try program.run(["gc"])
    #expect(busy.status == 1)
    #expect(busy.error.contains("another command evaluates this checkout (process \(slow))"), "\(busy.error)")
    kill(slow, SIGTERM)
    _ = program.wait(slow)
    #expect(folders(layers).count == 8)

    let removed = try program.run(["gc"])
    #expect(removed.status == 0 && removed.output.contains("what 3 setups made"), "\(removed.output)\(removed.error)")
    // The command above has used that of the tree as it is.
    #expect(folders(layers).count == 2)
    #expect(folders(scratch).isEmpty)
    unlink("\(program.project)/slow")
    #expect(try program.run(["score"]).status == 0)
    #expect(folders(layers).count == 2)
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

  @Test("what a power cut left of a try without a verdict is in nobody's way", arguments: [false, true])
  func unfinished(missing: Bool) throws {
    let program = try Program(ScriptedLoop.files)
    let state = try program.state()
    let ledger = try Ledger(path: state.ledger)
    let killed = try program.start(["loop"])
    for _ in 0..<2000 where try ledger.iterations(loop: 1, last: 4).count < 4 { usleep(10_000) }
    kill(killed, SIGKILL)
    _ = program.wait(killed)
    let objects = try ObjectStore(root: state.path)
    let candidate = try objects.put(Array("what its name says".utf8))
    let underWay = try ledger.iterations(loop: 1, last: 4).first { $0.result == nil }?.number
    let number = try underWay ?? ledger.beginIteration(loop: 1, parent: 0, started: 1)
    try ledger.noteIteration(loop: 1, number: number, state: .evaluating, candidate: candidate)
    unlink(objects.path(candidate))
    if !missing { try Data().write(to: URL(filePath: objects.path(candidate))) }
    let verified = try program.run(["verify"])
    #expect(verified.status == 0, "\(verified.error)")
    let removed = try program.run(["gc", "--discarded", "--grace=-1"])
    #expect(removed.status == 0, "\(removed.error)")
    #expect(objects.contains(candidate) == false)
  }

  /// When a mark of a setup was set last.
  private func changed(_ path: String) -> Int {
    var about = stat()
    return path.hasSuffix(".whole") && stat(path, &about) == 0 ? Int(about.st_mtim.tv_sec) : 0
  }

  private func folders(_ path: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
  }
}
