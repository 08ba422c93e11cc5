import Digests
import Glibc
import Ledger
import LoopControl
import Testing
import Workspace

@Suite("Replaying a recorded loop") struct ReplayTests {
  /// A ledger and a store with a loop of candidates over a baseline, as a loop records them.
  final class Recorded {
    let folder: String
    let ledger: Ledger
    let store: ObjectStore
    let baseline: Tree
    private(set) var loop: Int64 = 0

    init(_ files: [String: String], name: String = "first", agent: String = "command") throws {
      folder = "/tmp/belljar-replay-\(UInt64.random(in: 0 ... .max))"
      ledger = try Ledger(path: "\(folder)/ledger.sqlite", durable: false)
      store = try ObjectStore(root: folder)
      baseline = try Self.tree(files, store)
      loop = try begin(name: name, agent: agent)
    }

    deinit { try? TreeRemoval.removeTree(folder) }

    static func tree(_ files: [String: String], _ store: ObjectStore) throws -> Tree {
      Tree(
        try files.map { name, text in
          let entry = Entry(
            .file(try store.put(Array(text.utf8)), executable: false, size: text.utf8.count), modified: 1_000_000_000)
          return Tree.Item(try #require(TreePath(name)), entry)
        })
    }

    func begin(name: String, agent: String) throws -> Int64 {
      let loop = try ledger.createLoop(
        LoopStart(
          name: name, checkout: "/p", harnessPath: "/p/belljar.yaml", harnessText: "", harnessDigest: Digest(of: []),
          strategy: "optimize", agent: agent, seed: "", baselineTree: try baseline.put(in: store), started: 1))
      _ = try ledger.beginIteration(loop: loop, parent: nil, prompt: nil, started: 1)
      try ledger.finishIteration(
        loop: loop, number: 0, IterationResult(verdict: .kept, reason: "baseline", ended: 1, seconds: 1), runs: [],
        scores: [], championMoves: true)
      return loop
    }

    /// - Parameter changes: Texts by path, nil for what is removed; all nil where nothing was proposed.
    func finish(_ verdict: Verdict, _ changes: Changes?, note: String = "") throws {
      let number = try ledger.beginIteration(loop: loop, parent: 0, prompt: nil, started: 1)
      let stored = try changes.map { try store.put($0.serialized()) }
      try ledger.finishIteration(
        loop: loop, number: number,
        IterationResult(verdict: verdict, reason: "", candidate: stored, note: note, ended: 1, seconds: 1), runs: [],
        scores: [], championMoves: verdict == .kept)
    }

    func changes(_ texts: [String: String?], time: Int64 = 2_000_000_000) throws -> Changes {
      var changes = Changes()
      for (name, text) in texts {
        guard let text else {
          changes[try #require(TreePath(name))] = .remove
          continue
        }
        changes[try #require(TreePath(name))] = .write(
          Entry(.file(try store.put(Array(text.utf8)), executable: false, size: text.utf8.count), modified: time))
      }
      return changes
    }

    func agent(into other: ObjectStore? = nil) throws -> ReplayAgent {
      try ReplayAgent(
        ledger: ledger, loop: try #require(try ledger.loop(loop)), from: store, into: other ?? store)
    }
  }

  static func texts(_ tree: Tree, _ store: ObjectStore) throws -> [String: String] {
    var texts: [String: String] = [:]
    for item in tree.items {
      if case .file(let digest, _, _) = item.entry.kind {
        texts["\(item.path)"] = String(decoding: try store.read(digest), as: UTF8.self)
      }
    }
    return texts
  }

  @Test("the candidates come in their order, each as a change of the champion of now")
  func order() throws {
    let recorded = try Recorded(["a": "1", "b": "1"])
    try recorded.finish(.discarded, recorded.changes(["a": "2"]), note: "a to 2")
    let kept = try recorded.changes(["b": "2", "c": "new"])
    try recorded.finish(.kept, kept)
    // Nothing was proposed: the record has the champion of its time.
    try recorded.finish(.discarded, kept)
    try recorded.finish(.rejected, nil)
    try recorded.finish(.invalid, recorded.changes(["a": nil, "b": "2", "c": "new"]))
    let agent = try recorded.agent()
    #expect(agent.count == 3)
    var champion = recorded.baseline
    var after = 0
    var seen: [[String: String]] = []
    while let replay = try agent.proposal(after: after, on: recorded.baseline, champion: champion, now: 9_000_000_000) {
      after = try #require(replay.number)
      #expect(Replay.number(ofKey: replay.key) == after && replay.loop == recorded.loop)
      let candidate = champion.applying(replay.changes)
      seen.append(try Self.texts(candidate, recorded.store))
      for (path, change) in replay.changes.byPath {
        if case .write(let entry) = change { #expect(entry.modified > champion[path]?.modified ?? 0) }
      }
      // The harness of now keeps the first, which the recorded one did not.
      if after == 1 {
        #expect(replay.note == "a to 2")
        champion = candidate
      }
      if after == 2 { #expect(replay.changes.paths.map(\.description) == ["a", "b", "c"]) }
    }
    #expect(after == 5)
    #expect(seen == [["a": "2", "b": "1"], ["a": "1", "b": "2", "c": "new"], ["b": "2", "c": "new"]])
  }

  @Test(
    "on another baseline and in another store, files are written whole, and what doesn't fit is skipped with a reason")
  func rebased() throws {
    let recorded = try Recorded(["a": "1", "dir/b": "1", "same": "1"])
    try recorded.finish(.discarded, recorded.changes(["a": "2"]), note: "two")
    try recorded.finish(.discarded, recorded.changes(["same": "today"]))
    try recorded.finish(.discarded, recorded.changes(["dir/b": nil, "dir": "a file"]))
    try recorded.finish(.discarded, recorded.changes(["x/y": "below"]))
    try recorded.finish(.discarded, recorded.changes(["gone": "lost"]))
    try recorded.finish(.discarded, recorded.changes(["dir/b": nil]))
    let other = try Recorded(["a": "other", "same": "today", "dir/b": "1", "dir/c": "1", "x": "a file"])
    let lost = recorded.store.path(Digest(of: "lost".utf8))
    #expect(unlink(lost) == 0)
    let agent = try recorded.agent(into: other.store)
    let first = try #require(try agent.proposal(after: 0, on: other.baseline, champion: other.baseline, now: 1))
    #expect(first.number == 1 && first.note == "two\nwritten over what has changed since: a")
    #expect(try Self.texts(other.baseline.applying(first.changes), other.store)["a"] == "2")
    let second = try #require(try agent.proposal(after: 1, on: other.baseline, champion: other.baseline, now: 1))
    #expect(second.number == 6)
    #expect(second.skipped.map(\.number) == [2, 3, 4, 5])
    #expect(
      second.skipped.map(\.why) == [
        "today's tree has all of it", "dir is a folder now", "x/y lies below x, which is a file now",
        "the contents of gone were removed by `belljar gc`",
      ])
    #expect(try Self.texts(other.baseline.applying(second.changes), other.store)["dir/b"] == nil)
    #expect(try agent.proposal(after: 6, on: other.baseline, champion: other.baseline, now: 1) == nil)
  }

  @Test("a file may take a folder's place, and what only skipped is left says why")
  func places() throws {
    let recorded = try Recorded(["dir/b": "1"])
    try recorded.finish(.discarded, recorded.changes(["dir/b": nil, "dir": "a file"]))
    try recorded.finish(.discarded, recorded.changes(["dir/b": "1", "more": "x"]))
    let candidate = recorded.store.path(Digest(of: try recorded.changes(["dir/b": "1", "more": "x"]).serialized()))
    #expect(unlink(candidate) == 0)
    let agent = try recorded.agent()
    let first = try #require(try agent.proposal(after: 0, on: recorded.baseline, champion: recorded.baseline, now: 1))
    #expect(try Self.texts(recorded.baseline.applying(first.changes), recorded.store) == ["dir": "a file"])
    let last = try #require(try agent.proposal(after: 1, on: recorded.baseline, champion: recorded.baseline, now: 1))
    #expect(last.number == nil && last.changes.isEmpty)
    #expect(last.skipped.map(\.number) == [2] && last.skipped[0].why == "its contents were removed by `belljar gc`")
  }

  @Test("the loop that a harness means is an earlier one, by its name or its number")
  func finds() throws {
    let recorded = try Recorded(["a": "1"])
    let second = try recorded.begin(name: "first", agent: "tune")
    let replay = try recorded.begin(name: "first", agent: "replay")
    func find(_ name: String, before: Int64 = .max) throws -> Int64? {
      try ReplayAgent.find(name, in: recorded.ledger, checkout: "/p", before: before)?.id
    }
    #expect(try find("first") == second)
    #expect(try find("first", before: second) == recorded.loop)
    #expect(try find("\(recorded.loop)") == recorded.loop)
    #expect(try find("\(replay)", before: replay) == nil)
    #expect(try find("other") == nil)
    #expect(try ReplayAgent.find("first", in: recorded.ledger, checkout: "/q") == nil)
  }

  @Test(
    "a key of another agent names no iteration", arguments: ["", "BLOCK=8", "replay x of loop 1", "replay 1 of loop"])
  func keys(key: String) { #expect(Replay.number(ofKey: key) == nil) }
}
