import FoundationEssentials
import Glibc
import Testing

@Suite("belljar scorer") struct ScorerCommandTests {
  @Test(
    "a new scorer is tried at once, in each language and kind (python: docs/scorers.md)",
    arguments: [
      ["--language", "sh"], ["--language", "swift"], ["--language", "sh", "--kind", "benchmark"], ["--kind", "tests"],
    ])
  func new(_ options: [String]) throws {
    let program = try Program(["unused": ""])
    let new = try program.run(["scorer", "new", "mine"] + options)
    #expect(new.status == 0, "\(new.error)")
    #expect(new.output.contains("belljar scorer test mine"))
    if options.contains("swift") {
      // In the place of what scoring/build makes: the same source as this package's own build has made it. It finds Swift's
      // library in /opt or wherever the toolchain lies.
      #expect(new.output.contains("mine/scoring/build"))
      let built = try #require(Program.path).dropLast("belljar".count) + "example-scorer"
      let copied = try program.shell(
        "mkdir mine/scoring/bin && cp \(built) mine/scoring/bin/score && sed -i "
          + "'s,: scoring/bin/score \\(.*\\),: {run: scoring/bin/score \\1\\, policy: test},' mine/belljar.yaml")
      #expect(copied.status == 0, "\(copied.error)")
    }
    let test = try program.run(["scorer", "test", "mine"])
    #expect(test.status == 0, "\(test.output)\(test.error)")
    #expect(test.output.contains("all 4 candidates came out as declared"))
    let again = try program.run(["scorer", "new", "mine"])
    #expect(again.status == 1)
    #expect(again.error.contains("/mine: it is there already, and nothing is overwritten"))
  }

  @Test("names that lead elsewhere and templates that are none are refused") func refused() throws {
    let program = try Program(["unused": ""])
    for name in ["../x", ".x", "a/b", "a b", ""] {
      #expect(try program.run(["scorer", "new", name]).status == 64, "\(name)")
    }
    let tests = try program.run(["scorer", "new", "x", "--kind", "tests", "--language", "swift"])
    #expect(tests.status == 64)
    #expect(tests.error.contains("--kind tests is written in python"))
    #expect(try program.run(["scorer", "test"]).status == 65)
  }

  @Test("what is wrong is an exit code, a text and JSON") func wrong() throws {
    let program = try Program(["unused": ""])
    _ = try program.run(["scorer", "new", "mine", "--language", "sh"])
    let score = "\(program.project)/mine/scoring/score.sh"
    try Data("#!/bin/sh\nsort -u \"$BELLJAR_OUT/bins\" | wc -l\n".utf8).write(to: URL(filePath: score))
    let text = try program.run(["scorer", "test", "mine", "--seed", "5"])
    #expect(text.status == 1)
    #expect(text.output.contains("wrong: cheat: declared rejected, but it is kept"), "\(text.output)\(text.error)")
    #expect(text.output.contains("1 thing(s) wrong; `--seed 5` draws the same inputs again"))
    let json = try program.run(["scorer", "test", "mine", "--seed", "5", "--format", "json"])
    #expect(json.status == 1)
    #expect(json.output.hasPrefix("{\"right\": false, \"seed\": 5, \"candidates\": [{\"candidate\": \"unchanged\""))
    #expect(json.output.contains("\"kind\": \"wrong\", \"subject\": \"cheat\""))
    try Data("good: {verdikt: kept}\n".utf8).write(
      to: URL(filePath: "\(program.project)/mine/candidates/expected.yaml"))
    let unread = try program.run(["scorer", "test", "mine"])
    #expect(unread.status == 65)
    #expect(unread.error.contains("expected.yaml:1:8: good: unknown key 'verdikt'; did you mean 'verdict'?"))
  }
}

/// docs/scorers.md, followed to the letter.
@Suite("docs/scorers.md") struct ScorerDocumentTests {
  @Test("its commands run in their order, and its loop improves the project") func commands() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let document = try String(contentsOf: root.appending(path: "docs/scorers.md"), encoding: .utf8)
    let commands = document.split(separator: "\n").filter { $0.hasPrefix("    belljar ") }.map { $0.dropFirst(12) }
    #expect(commands.count == 6)
    let program = try Program(["unused": ""])
    for command in commands {
      // The document quotes as a shell does.
      let script = try program.shell("\"$BELLJAR\" \(command)")
      #expect(script.status == 0, "\(command): \(script.output)\(script.error)")
      if command.hasPrefix("loop") { #expect(script.output.contains("times as good"), "\(script.output)") }
      if command.hasPrefix("run --step") { #expect(script.output == "make.py\nscore.py\n") }
      if command.hasPrefix("score --again") { #expect(script.output.contains("bins.score")) }
    }
  }
}
