import Digests
import FoundationEssentials
import Harness
import Testing

@Suite("Trust") struct TrustTests {
  @Test("a harness that stays within the built-in policies asks for nothing") func nothing() throws {
    #expect(Trust.demands(of: try HarnessFile.parse(text: smallest, file: "f")).isEmpty)
  }

  @Test("host folders, network, secrets and policy files are each asked for") func demands() throws {
    let harness = try HarnessFile.parse(text: HarnessFileTests.whole, file: "f")
    let demands = Trust.demands(of: harness)
    #expect(demands.contains("setup has the host's network"))
    #expect(demands.contains("unseen.run reads the secret TOKEN from your environment"))
    #expect(demands.contains("unseen.run runs under its own policy ./mine.yaml"))
    #expect(demands.contains("build sees ~/corpus, outside the project"))
    #expect(demands.contains("agent sends the tree's files to the API of Anthropic, paid with your key"))
    #expect(!demands.contains { $0.contains("sees data") })
    #expect(Trust.policyFiles(of: harness) == ["./mine.yaml"])
  }

  @Test("hosts, another server, another key and what the provider may do are each asked for") func network() throws {
    let lines = """
      network: [example.com, "*.example.org:8443"]
      agent:
        - {name: plan, kind: claude, server: "http://192.0.2.1:8000", key: MY_KEY, features: [web-search]}
        - {name: local, kind: model, api: openai, model: small, server: "http://localhost:11434/v1", key: none}
      """
    let harness = try HarnessFile.parse(text: smallest + "\n" + lines + "\n", file: "f")
    let demands = Trust.demands(of: harness)
    #expect(demands.contains("works.run reaches example.com, *.example.org:8443 over the network"))
    #expect(demands.contains("plan sends the tree's files to http://192.0.2.1:8000, paid with your MY_KEY"))
    #expect(demands.contains("plan may use the provider's web-search"))
    #expect(demands.contains("local sends the tree's files to http://localhost:11434/v1, without a key"))
  }

  @Test("what a stranger's file says can't move the cursor of who reads it") func escapes() throws {
    let lines = #"goal: "a\e[2Jb""# + "\n" + #"inputs: ["/x\e[1A\u202Ey"]"#
    let harness = try HarnessFile.parse(text: smallest + "\n" + lines + "\n", file: "f")
    #expect(Trust.demands(of: harness) == [#"works.run sees /x\u{1b}[1A\u{202e}y, outside the project"#])
    let text = HarnessExplanation.text(harness)
    #expect(text.contains(#"a\u{1b}[2Jb"#))
    #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
  }

  @Test(
    "a program outside of the project is asked for, as it is shown with its installation",
    arguments: [
      ("/home/me/secret/bin/tool", true), ("../tool", true), ("x && /srv/tool | y", true), ("/usr/../srv/tool", true),
      ("/usr/bin/tool", false), ("./tool", false), ("cc -o /tmp/tool x.c && /tmp/tool", false),
      ("/opt/x/bin/tool", false),
    ])
  func programs(command: String, isAsked: Bool) throws {
    let text =
      "name: x\nsurface: {editable: [a]}\nscorers: [{name: s, kind: exit-code, role: gate, run: \"\(command)\"}]\n"
    let demands = Trust.demands(of: try HarnessFile.parse(text: text, file: "f"))
    #expect(demands.contains { $0.contains("starts") && $0.contains("tool") } == isAsked, "\(demands)")
  }

  @Test("an input that climbs out is outside", arguments: ["../x", "a/../../x", "/usr", "~/x", "a/../.."])
  func climbing(path: String) { #expect(HarnessInput(source: path).leavesProject) }

  @Test("trust covers the policy files' bytes too") func policies() throws {
    let harness = try HarnessFile.parse(text: smallest, file: "f")
    #expect(Trust.digest(of: harness) == Digest(of: smallest.utf8))
    #expect(Trust.digest(of: harness, policies: [[1]]) != Trust.digest(of: harness, policies: [[2]]))
    #expect(Trust.digest(of: harness, policies: [[]]) != Trust.digest(of: harness))
  }

  @Test("what was trusted is trusted again, only with its text and its place") func store() throws {
    try withFolder { folder in
      let store = TrustStore(folder: folder + "/belljar")
      let digest = Digest(of: "a".utf8)
      #expect(try store.list().isEmpty)
      try store.trust(digest, path: "/p/belljar.yaml")
      try store.trust(digest, path: "/p/belljar.yaml")
      try store.trust(digest, path: "/new\nline/\\n")
      let again = TrustStore(folder: folder + "/belljar")
      #expect(try again.isTrusted(digest, path: "/p/belljar.yaml"))
      #expect(try again.isTrusted(digest, path: "/new\nline/\\n"))
      #expect(try !again.isTrusted(Digest(of: "b".utf8), path: "/p/belljar.yaml"))
      #expect(try !again.isTrusted(digest, path: "/q/belljar.yaml"))
      #expect(try again.list().count == 2)
      let mode = try FileManager.default.attributesOfItem(atPath: store.path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
    }
  }

  @Test("a line that was cut short trusts nothing and spoils nothing") func cut() throws {
    try withFolder { folder in
      let store = TrustStore(folder: folder)
      let digest = Digest(of: "a".utf8)
      try store.trust(digest, path: "/one")
      let whole = try #require(FileManager.default.contents(atPath: store.path))
      try write(whole + Data("\(digest) /tw".utf8), to: store.path)
      #expect(try !store.isTrusted(digest, path: "/tw"))
      try store.trust(digest, path: "/two")
      #expect(try store.isTrusted(digest, path: "/one"))
      #expect(try store.isTrusted(digest, path: "/two"))
    }
  }

  @Test("a record that others could have written is refused") func writable() throws {
    try withFolder { folder in
      let store = TrustStore(folder: folder)
      try write(Data("\(Digest(of: "a".utf8)) /one\n".utf8), to: store.path, mode: 0o666)
      #expect(complaint { try store.list() }?.contains("others could have written") == true)
    }
  }

  @Test("the explanation shows commands, policies, network, secrets' names and what is hidden") func explanation()
    throws
  {
    let text = HarnessExplanation.text(try HarnessFile.parse(text: HarnessFileTests.whole, file: "f"))
    for part in [
      "goal", "/bin/sh -c '", "make -s", "policy", "strict", "TOKEN", "grading/**", "wall 30 s, memory 1 GB",
      "needs your word", "setup has the host's network", "$BELLJAR_OUT/junit.xml", "6 to 20 pairs, margin 2 %",
      "at most 200 KB", "8 h", "2.0 times as good",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(!text.contains("\u{1B}"))
  }

  @Test("the explanation says where a printed number stands, what it must be, and who talks with whom")
  func scorers() throws {
    let file = """
      name: x
      surface: {editable: [a]}
      scorers:
        - {name: m, kind: metric, role: gate, run: x, pattern: "\\e[1mloss {number}", at_least: 1, at_most: 2, over_budget: score}
        - {name: j, kind: metric, role: info, run: x, json: rows, report_file: r.json}
        - {name: t, kind: command, role: holdout, run: x, score: y, interactive: true}
      """
    let text = HarnessExplanation.text(try HarnessFile.parse(text: file, file: "f"))
    for part in [
      #"'\u{1b}[1mloss {number}', once, of stdout"#, "'rows' in the JSON object of $BELLJAR_OUT/r.json", "(inside)",
      "at least 1.0 and at most 2.0", "exit code 0, or its time is up", "'score' runs beside 'run'",
    ] {
      #expect(text.contains(part), "\(part)\n\(text)")
    }
  }
}

func withFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.path + "/belljar-test-\(UInt64.random(in: 0 ... .max))"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

private func write(_ data: Data, to path: String, mode: Int = 0o600) throws {
  try data.write(to: URL(filePath: path))
  try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
}
