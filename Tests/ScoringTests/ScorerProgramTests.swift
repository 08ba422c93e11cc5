import Glibc
import Testing

@testable import Scoring

/// Counts the lines of what a run wrote.
private struct Lines: Scorer {
  static func prepare(_ input: ScorerFolder, seed: UInt64) throws { try input.write("seed \(seed)\n", to: "text") }

  static func score(_ run: ScoredRun) throws -> ScoreAnswer {
    let text = try run.output.text("lines", most: 100)
    if text.isEmpty { throw Rejection("no \"lines\"\n") }
    if text == "infinite" { return .score(1 / 0) }
    if text == "seed" { return .score(0, explanation: try run.input.text("text")) }
    return .score(Double(text.split(separator: "\n").count), metrics: ["bytes": Double(text.utf8.count)])
  }
}

@Suite("A scorer written in Swift") final class ScorerProgramTests {
  private let folder: String

  init() throws {
    var template = Array("/tmp/belljar-scorer-XXXXXX".utf8CString)
    _ = try #require(mkdtemp(&template))
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for name in ["in", "out", "tree"] { mkdir("\(folder)/\(name)", 0o755) }
  }

  deinit {
    for name in ["in/text", "out/lines", "out/other", "in", "out", "tree", ""] { remove("\(folder)/\(name)") }
  }

  private var output: ScorerFolder { ScorerFolder(path: "\(folder)/out", name: "$BELLJAR_OUT", isCandidates: true) }

  private func run(_ arguments: String...) -> ScorerProgram.End {
    ScorerProgram.run(
      Lines.self, arguments: ["scorer"] + arguments,
      environment: [
        "BELLJAR_SEED": "7", "BELLJAR_IN": "\(folder)/in", "BELLJAR_OUT": "\(folder)/out",
        "BELLJAR_TREE": "\(folder)/tree",
      ])
  }

  private func write(_ text: String) throws { try output.write(text, to: "lines") }

  @Test("prepare writes from the seed, score answers with one object that reads back") func answers() throws {
    #expect(run("prepare") == ScorerProgram.End(code: 0))
    try write("a\nb\n")
    let end = run("score")
    #expect(end == ScorerProgram.End(code: 0, output: "{\"score\": 2.0, \"metrics\": {\"bytes\": 4.0}}\n"))
    #expect(try ScoreAnswer.read(Array(end.output.utf8)) == .score(2, metrics: ["bytes": 4]))
  }

  @Test("what prepare wrote is there to judge by") func input() throws {
    _ = run("prepare")
    try write("seed")
    #expect(try ScoreAnswer.read(Array(run("score").output.utf8)) == .score(0, explanation: "seed 7\n"))
  }

  @Test("a rejection is an answer; an error, and a number that is none, is not") func ends() throws {
    try write("")
    #expect(run("score") == ScorerProgram.End(code: 0, output: "{\"reject\": \"no \\\"lines\\\"\\n\"}\n"))
    remove("\(folder)/out/lines")
    try write("infinite")
    let infinite = run("score")
    #expect(infinite.code == 1 && infinite.output.isEmpty)
    #expect(infinite.error == "score: the score is inf, which is no number that counts\n")
    remove("\(folder)/out/lines")
    try write("seed")
    #expect(run("score").error == "score: $BELLJAR_IN/text: it is not there\n")
    #expect(run("other").code == 64)
    #expect(run().code == 64)
    let unseeded = ScorerProgram.run(Lines.self, arguments: ["scorer", "prepare"], environment: [:])
    #expect(unseeded.code == 1 && unseeded.error.contains("BELLJAR_SEED"))
  }

  @Test(
    "what a candidate leaves in a file's place is a rejection, never read",
    arguments: [
      ("nothing", "it is not there"), ("link", "a link"), ("pipe", "not a regular file"),
      ("folder", "not a regular file"),
      ("large", "101 bytes, more than 100"), ("bytes", "not UTF-8"),
    ])
  func hostile(_ what: String, _ why: String) throws {
    let path = "\(folder)/out/lines"
    switch what {
    case "link": #expect(symlink("/etc/passwd", path) == 0)
    case "pipe": #expect(mkfifo(path, 0o644) == 0)
    case "folder": #expect(mkdir(path, 0o755) == 0)
    case "large": try write(String(repeating: "x", count: 101))
    case "bytes": try output.write([0xFF], to: "lines")
    default: break
    }
    let end = run("score")
    #expect(end.code == 0)
    #expect(end.output.hasPrefix("{\"reject\": \"$BELLJAR_OUT/lines: ") && end.output.contains(why), "\(end.output)")
  }

  @Test(
    "no path leads out of a folder, and none through a link", arguments: ["../in/text", "/etc/passwd", "a//b", "", "."])
  func outside(_ path: String) throws {
    #expect(throws: ScorerError.self) { try output.bytes(path) }
    symlink("/etc", "\(folder)/out/other")
    #expect(throws: Rejection.self) { try output.bytes("other/passwd") }
  }

  @Test("a file is written once") func twice() throws {
    try write("a")
    #expect(throws: Rejection.self) { try write("b") }
  }
}
