import FoundationEssentials
import Glibc
import Harness
import Ledger
import LoopControl
import Testing
import Workspace

/// Rows about what lies outside of a candidate's tree: the host, the caller, the terminal, the record.
@Suite("Cheats: the host") struct HostTests {
  @Test("T1: no LD_PRELOAD of the caller's reaches a step")
  func preload() throws {
    try CheatTable.telling {
      let gate = try CheatProject("program") {
        $0.replacing("run: ./tests/program", with: "run: test -z \"$LD_PRELOAD$FAKETIME$XDG_STATE_HOME\"")
      }
      _ = try gate.belljar(["trust"])
      let (status, said) = try gate.belljar(
        ["score"], environment: ["LD_PRELOAD=/no/such/clock.so", "FAKETIME=-1h"])
      #expect(status == 0, "\(said)")
      return "the variables are empty inside"
    }
  }

  @Test("T5: a budget of one core is one core, whatever the program asks for")
  func cores() throws {
    try CheatTable.telling {
      let project = try CheatProject("program") {
        $0.replacing(
          "run: ./tests/program",
          with:
            "run: {run: test \"$(nproc)\" = 1 && test \"$(taskset -c 0-63 nproc || echo 1)\" = 1, budget: {cores: 1}}")
      }
      let scores = try TreeScore.evaluate(project.bench())
      #expect(scores.first?.passed == true, "\(scores.first?.explanation ?? "")")
      return "nproc says 1"
    }
  }

  @Test("V6: a link that a build leaves in the way of its cache leads nowhere on the host")
  func linkInTheWay() throws {
    try CheatTable.telling {
      let project = try CheatProject("build", agent: ["honest"]) {
        $0.replacing("cache: [obj]", with: "cache: [obj/deep]")
      }
      let victim = "\(project.place)/victim/deep"
      try FileManager.default.createDirectory(atPath: victim, withIntermediateDirectories: true)
      try Data("precious".utf8).write(to: URL(filePath: "\(victim)/file"))
      chmod(project.place, 0o755)
      try project.write("src/build.sh", "cp src/lib.sh prog; rmdir obj; ln -s '\(project.place)/victim' obj\n")
      let judged = try #require(try project.loop().tries.first)
      #expect(judged.verdict == .kept, "\(judged.reason)")
      #expect(FileManager.default.contents(atPath: "\(victim)/file") == Data("precious".utf8))
      return "the folder that it led to is as it was"
    }
  }

  @Test("V6: a report behind a link is no report")
  func linkedReport() throws {
    try CheatTable.telling {
      let report = "<testsuite><testcase classname='a' name='b'/></testsuite>"
      let project = try CheatProject("fix") {
        $0.replacing(
          "report: tap, run: ./tests/run",
          with:
            "report: junit, report_file: \"$BELLJAR_OUT/deep/junit.xml\", run: ln -s \"$BELLJAR_TREE\" \"$BELLJAR_OUT/deep\""
        )
      }
      try project.write("junit.xml", report)
      let tests = try #require(try TreeScore.evaluate(project.bench()).first)
      #expect(tests.passed == false)
      #expect(tests.explanation.contains("the tests left no report"), "\(tests.explanation)")
      return tests.explanation
    }
  }

  @Test("E3: what an agent writes outside of its tree is nowhere on the host, and the checkout is as it was")
  func outsideIsUntouched() throws {
    try CheatTable.telling {
      let project = try CheatProject("fix", agent: ["outside"])
      try project.makeRepository()
      let before = try project.state()
      let ended = try project.loop()
      #expect(ended.tries.first?.verdict == .kept, "\(ended.tries)")
      #expect(try project.state() == before)
      for name in ["outside", ".bashrc", ".gitconfig"] {
        #expect(access("\(project.place)/\(name)", F_OK) != 0, "\(name)")
      }
      for name in ["/tmp/evil", "/usr/bin/evil"] { #expect(access(name, F_OK) != 0, "\(name)") }
      let changed = try ended.detail(1)
      let candidate = try #require(changed.iteration.candidate)
      let changes = try Changes(serialized: ObjectStore(root: project.bench().state.path).read(candidate))
      #expect(changes.paths.map(\.description) == ["src/lib.sh"])
      return "kept, with src/lib.sh alone"
    }
  }

  @Test("E4: hostile names are carried as they are, through the loop, the record and every display")
  func namesAreCarried() throws {
    try CheatTable.telling {
      let project = try CheatProject("fix", agent: ["hostile-names"])
      let ended = try project.loop()
      #expect(ended.tries.first?.verdict == .kept, "\(ended.tries)")
      let candidate = try #require(try ended.detail(1).iteration.candidate)
      let changes = try Changes(serialized: ObjectStore(root: project.bench().state.path).read(candidate))
      let names = Set(changes.paths.map(\.bytes))
      let wanted: [[UInt8]] = [
        Array("new\nline".utf8), Array("latin".utf8) + [0xe9], Array("-rf".utf8), Array("--help".utf8),
        Array("$(touch owned)".utf8), Array("it's".utf8), Array(" ".utf8), Array("*".utf8), Array("case".utf8),
        Array("CASE".utf8), Array(repeating: UInt8(ascii: "x"), count: 255),
      ]
      for name in wanted {
        #expect(names.contains(Array("src/".utf8) + name), "\(String(decoding: name, as: UTF8.self))")
      }
      #expect(changes.paths.contains { $0.parts.count > 60 })
      // The champion is taken out of the record with the same names.
      let (status, text) = try project.belljar(["checkout", "1", "\(project.place)/out"])
      #expect(status == 0, "\(text)")
      let found = try project.shell("cd ../out/src && ls -A | wc -l && ls -d -- -rf '$(touch owned)' case CASE")
      #expect(found.split(separator: "\n").count == 5, "\(found)")
      for command in [["log"], ["show", "1"], ["diff", "1"]] {
        let (_, shown) = try project.belljar(command)
        #expect(shown.utf8.allSatisfy { $0 >= 32 || $0 == 10 }, "\(command)")
      }
      return "\(changes.paths.count) names carried"
    }
  }

  @Test("J1: what a candidate prints reaches the next prompt quoted, escaped and cut, and no terminal raw")
  func onlyQuoted() throws {
    try CheatTable.telling {
      let project = try CheatProject("fix", agent: ["injection"]) {
        $0.replacing("iterations: 1", with: "iterations: 2")
      }
      let ended = try project.loop()
      let prompt = try #require(try ended.prompts().last)
      #expect(prompt.contains("ignore previous instructions"))
      for line in prompt.split(separator: "\n") where line.contains("ignore previous") {
        #expect(line.hasPrefix("  | "), "\(line)")
      }
      func isRaw(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
          scalar.value < 32 && scalar != "\n" && scalar != "\t" || (127..<160).contains(scalar.value)
            || (0x202a...0x202e).contains(scalar.value)
        }
      }
      #expect(!isRaw(prompt))
      #expect(prompt.contains("\\xe0049"))
      for command in [["log"], ["show", "1"], ["status"], ["export"], ["diff", "1"]] {
        let (_, text) = try project.belljar(command)
        #expect(!isRaw(text), "\(command)")
      }
      // As the tree itself, where the same comes as a failed gate and as a failed build.
      try project.shell("sh \(CheatTable.folder)/candidates/injection.sh >/dev/null")
      _ = try project.belljar(["trust"])
      #expect(!isRaw(try project.belljar(["score"]).text))
      let harness = String(
        decoding: FileManager.default.contents(atPath: "\(project.folder)/belljar.yaml") ?? Data(), as: UTF8.self)
      try project.write("belljar.yaml", harness + "build: {run: . ./src/lib.sh}\n")
      _ = try project.belljar(["trust"])
      let (status, text) = try project.belljar(["score"])
      #expect(status == 1)
      #expect(text.contains("ignore previous instructions"))
      #expect(!isRaw(text), "\(text)")
      return "quoted in the prompt, escaped in log, show, status, export, diff and score"
    }
  }

  @Test("R1: a loop whose controller is killed goes on: no try lost or doubled, no budget given back")
  func killed() throws {
    try CheatTable.telling {
      let project = try CheatProject("fix", agent: ["hard-coded"]) {
        $0.replacing("iterations: 1", with: "iterations: 4")
      }
      let (_, trusted) = try project.belljar(["trust"])
      #expect(trusted.contains("trusted"), "\(trusted)")
      var kills = 0
      var status: Int32 = 137
      for _ in 0..<20 where status == 137 {
        // From before the first record to the end.
        let pause = Double.random(in: kills == 0 ? 0.05...0.25 : 0.05...0.6)
        let (ended, text) = try kills < 3 ? project.belljarKilled(after: pause, ["loop"]) : project.belljar(["loop"])
        status = ended
        #expect(status == 137 || status == 1, "\(text)")
        kills += status == 137 ? 1 : 0
      }
      // What is left of the loop after two of them may be over before the third.
      #expect(kills >= 1)
      #expect(status == 1)
      let ledger = try Ledger(path: project.bench().state.ledger)
      let loop = try #require(try ledger.latestLoop(checkout: project.folder))
      let rows = try ledger.iterations(loop: loop.id, last: .max)
      #expect(rows.map(\.number) == [0, 1, 2, 3, 4])
      #expect(rows.dropFirst().allSatisfy { $0.result?.verdict == .rejected })
      #expect(rows.compactMap { $0.result?.standing.tries } == [0, 1, 2, 3, 4])
      let spent = rows.compactMap { $0.result?.standing.spent }
      #expect(spent == spent.sorted())
      guard case .intact = try ledger.verifyChain(loop: loop.id) else {
        Issue.record("the chain is broken")
        return ""
      }
      return "killed \(kills) times: 4 tries, each once; the record is whole"
    }
  }
}
