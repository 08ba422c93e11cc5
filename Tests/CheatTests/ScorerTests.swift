import FoundationEssentials
import Glibc
import Harness
import Ledger
import LoopControl
import Testing

/// Rows about scorers: what they print, where they look, what they may tell.
@Suite("Cheats: scorers") struct ScorerTests {
  @Test("S4: a scorer that itself prints no number is the harness's fault, whenever it begins to")
  func scorerWithoutNumber() throws {
    try CheatTable.telling {
      let always = try CheatProject("naive") { $0.replacing("cat \"$BELLJAR_OUT/answer\"", with: "echo NaN") }
      let error = #expect(throws: EvaluationFault.self) { _ = try always.loop() }
      let why = "\(try #require(error))"
      #expect(why.hasPrefix("invalid: on the baseline, naive: what score printed is no score"), "\(why)")
      // From the first try on, for champion and candidate alike.
      let later = try CheatProject("naive", agent: ["honest"]) {
        $0.replacing("cat \"$BELLJAR_OUT/answer\"", with: "cat mood") + "inputs: [mood]\n"
      }
      try later.write(".gitignore", "mood\n")
      try later.write("mood", "6\n")
      try later.shell("git init -q . && git add -A")
      let ended = try later.loop { event in
        if case .baseline = event { try later.write("mood", "NaN\n") }
      }
      #expect(ended.tries.map(\.verdict) == Array(repeating: .invalid, count: 5))
      #expect(ended.tries.first?.reason.hasSuffix("(on the champion as well)") == true)
      #expect(ended.summary.end == .failures)
      #expect(ended.summary.tries == 0)
      return why
    }
  }

  @Test("A3: the seed is new for each evaluation, and what is known of the last one is worth nothing")
  func seedsAreNew() throws {
    try CheatTable.telling {
      let ended = try CheatProject("seeds", agent: ["last-seed"]).loop()
      #expect(ended.tries.map(\.verdict) == [.rejected, .rejected, .rejected])
      let seeds = try (0...3).map { try ended.detail($0).scores.first?.explanation ?? "" }
      #expect(Set(seeds).count == 4, "\(seeds)")
      // The cheat did know the last one.
      let known = try ended.prompts()
      for (number, prompt) in known.enumerated() { #expect(prompt.contains(seeds[number])) }
      // The same on data that stays: it shows that the cheat works.
      let fixed = try CheatProject("seeds", agent: ["last-seed"]) {
        $0.replacing("prepare: ./make-numbers;", with: "prepare: BELLJAR_SEED=123456789012; ./make-numbers;")
      }
      #expect(try fixed.loop().tries.first?.verdict == .kept)
      return "\(ended.tries.map(\.verdict.rawValue).joined(separator: ", ")); \(seeds.count) different seeds"
    }
  }

  @Test("A6: whatever a candidate does to a sealed check, the next prompt says that it failed, and no more")
  func sealedStaysSealed() throws {
    try CheatTable.telling {
      let project = try CheatProject("sealed", agent: ["probes"])
      let ended = try project.loop()
      #expect(ended.tries.map(\.verdict) == [.rejected, .rejected, .rejected, .rejected, .kept, .discarded])
      for each in ended.tries.prefix(4) {
        #expect(each.reason == "failed a check that is sealed; suspected gaming", "try \(each.number)")
      }
      let prompts = try ended.prompts().joined()
      for word in ["SECRET", "0.731", "4711"] { #expect(!prompts.contains(word), "\(word)") }
      #expect(prompts.contains("- unseen (holdout): passed\n"))
      // The owner finds all of it in the record.
      let record = try (1...5).flatMap { try ended.detail($0).scores }.filter { $0.role == "holdout" }
      #expect(record.count == 5)
      #expect(record.contains { $0.explanation?.contains("SECRET") == true })
      #expect(record.last?.value == 0.731)
      return "\(ended.tries[0].reason); nothing else in \(ended.tries.count) prompts"
    }
  }

  @Test("A1: an input that would show a hidden file is refused before anything runs")
  func openInput() throws {
    try CheatTable.telling {
      let project = try CheatProject("fixed") { $0 + "inputs: [grading]\n" }
      let error = #expect(throws: (any Error).self) { _ = try project.bench() }
      let why = "\(try #require(error))"
      #expect(why.contains("lies in it, which surface.hidden takes away"), "\(why)")
      return why
    }
  }

  @Test("V11: a candidate can't change the harness, even where all is editable")
  func harnessIsFixed() throws {
    try CheatTable.telling {
      let project = try CheatProject("gate", agent: ["weakens-harness"]) {
        $0.replacing("editable: [\"src/**\"]", with: "editable: [\"**\"]")
      }
      let judged = try #require(try project.loop().tries.first)
      #expect(judged.verdict == .rejected)
      #expect(judged.reason == "changed what is fixed: belljar.yaml")
      return "\(judged.verdict): \(judged.reason)"
    }
  }

  @Test(
    "V11: a change that weakens its own harness and tests is judged by those of its base, and the difference is told")
  func judgedByBase() throws {
    try CheatTable.telling {
      let project = try CheatProject("pull-request")
      try project.shell(
        """
        sh \(CheatTable.folder)/candidates/honest.sh
        git init -q -b main . && git add -A && git commit -qm base
        """)
      _ = try project.belljar(["trust"])
      try project.shell(
        """
        echo 'solve() { echo 0; }' >src/lib.sh
        sed -i 's/^  number=/  test() { return 0; }; number=/' tests/run
        sed -i 's/role: gate/role: info/' belljar.yaml && git commit -qam weaken
        """)
      let (status, text) = try project.belljar(["compare", "HEAD~1", "HEAD"])
      #expect(status == 1, "\(text)")
      #expect(text.contains("belljar.yaml differs: base's is used"), "\(text)")
      #expect(text.contains("tests/run: the harness's files are base's on both sides"), "\(text)")
      #expect(text.contains("pinned tests failed: adds"), "\(text)")
      return "exit \(status): pinned tests failed; belljar.yaml differs: base's is used; tests/run is base's"
    }
  }

  @Test("V11: a change that makes a file a link to where only our own steps are is refused")
  func linkedRevision() throws {
    try CheatTable.telling {
      let project = try CheatProject("pull-request")
      try project.shell("git init -q -b main . && git add -A && git commit -qm base")
      _ = try project.belljar(["trust"])
      try project.shell("ln -s /proc/self/cwd/grading/expected src/answer && git add -A && git commit -qm link")
      let (status, text) = try project.belljar(["compare", "HEAD~1", "HEAD"])
      #expect(status == 1, "\(text)")
      #expect(text.contains("made src/answer a link that leads out of the tree"), "\(text)")
      return "exit \(status): made src/answer a link that leads out of the tree"
    }
  }
}
