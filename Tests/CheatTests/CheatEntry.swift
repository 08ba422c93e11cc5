import FoundationEssentials
import Glibc
import Ledger
import StrictYAML
import Testing

/// One entry of `fixtures/cheats/table.yaml`: a candidate with the verdict that must come, or the name of a test.
struct CheatEntry: Sendable, CustomTestStringConvertible {
  var row: String
  var tries: String
  /// A script of `candidates/`.
  var candidate: String?
  /// A test of this target, where a row wants more than one evaluation.
  var test: String?
  var arguments: [String]
  /// A file of `harness/`.
  var harness: String
  /// A program of `fixtures/hostile` that the candidate brings.
  var hostile: String?
  /// The verdicts of which one must come; of a test what it holds, in words.
  var expect: [String]
  var reason: String?
  var leftOver: Bool
  var cpuAbove: Duration?
  /// A gate that passed by a channel of the candidate's own.
  var inside: String?
  var git: Bool
  var needs: [String]

  var testDescription: String {
    "\(row), \(candidate ?? test ?? "") \(arguments.joined(separator: " ")) (\(harness)): \(tries)"
  }

  init(yaml value: YAMLValue) throws {
    let map = try value.mapping()
    try map.only([
      "row", "tries", "candidate", "test", "arguments", "harness", "hostile", "expect", "reason", "left_over",
      "cpu_above", "inside", "git", "needs",
    ])
    row = try map.require("row").string()
    tries = try map.require("tries").string()
    candidate = try map["candidate"]?.string()
    test = try map["test"]?.string()
    arguments = try map["arguments"]?.strings() ?? []
    harness = try map["harness"]?.string() ?? "fix"
    hostile = try map["hostile"]?.string()
    expect = try map.require("expect").strings()
    reason = try map["reason"]?.string()
    leftOver = try map["left_over"]?.boolean() ?? false
    cpuAbove = try map["cpu_above"]?.duration()
    inside = try map["inside"]?.string()
    git = try map["git"]?.boolean() ?? false
    needs = try map["needs"]?.strings() ?? []
    guard (candidate == nil) != (test == nil) else { throw value.error("a candidate or a test, and not both") }
    guard test != nil || expect.allSatisfy({ Verdict(rawValue: $0) != nil }) else {
      throw value.error("a candidate comes to a verdict")
    }
  }

  /// What this machine lacks for the entry; nil where there is all.
  var missing: String? { needs.first { access("/usr/bin/\($0)", X_OK) != 0 } }
}

/// The whole table.
enum CheatTable {
  static let folder = place("fixtures/cheats")

  /// A path of the checkout.
  static func place(_ name: String) -> String {
    let up = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(up)/\(name)"
  }

  /// The rows of the list in docs/cheats.md.
  static let rows: Set<String> = Set(
    [("S", 5), ("T", 7), ("V", 11), ("A", 7), ("O", 5), ("E", 4), ("J", 1), ("R", 1)].flatMap { letter, count in
      (1...count).map { "\(letter)\($0)" }
    })

  static let entries: Result<[CheatEntry], any Error> = Result {
    let file = folder + "/table.yaml"
    let text = String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    return try YAMLValue(parsing: text, file: file).list().map(CheatEntry.init(yaml:))
  }

  static var candidates: [CheatEntry] { ((try? entries.get()) ?? []).filter { $0.candidate != nil } }

  /// Tells what came of an entry, for `make cheats`: a line in the file that BELLJAR_CHEATS names.
  static func tell(_ entry: CheatEntry, _ came: String) {
    guard let path = getenv("BELLJAR_CHEATS") else { return }
    let line = [entry.row, entry.tries, entry.expect.joined(separator: " or "), came].map {
      $0.replacing("\n", with: " ").replacing("|", with: "/")
    }
    let bytes = Array((line.joined(separator: "|") + "\n").utf8)
    let file = open(String(cString: path), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { return }
    defer { close(file) }
    if write(file, bytes, bytes.count) != bytes.count { Issue.record("BELLJAR_CHEATS can't be written") }
  }

  /// Runs a test that stands for entries, and tells what came of it.
  static func telling(_ function: String = #function, _ body: () throws -> String) throws {
    let name = String(function.prefix { $0 != "(" })
    let mine = try entries.get().filter { $0.test == name }
    try #require(!mine.isEmpty, "the table does not name \(name)")
    do {
      let came = try body()
      for entry in mine { tell(entry, came) }
    } catch {
      for entry in mine { tell(entry, "NOT AS EXPECTED: \(error)") }
      throw error
    }
  }
}
