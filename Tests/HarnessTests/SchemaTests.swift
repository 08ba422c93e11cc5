import FoundationEssentials
import Harness
import Testing

@Suite("The JSON Schema for editors") struct SchemaTests {
  @Test(
    "it names every key that the reader knows",
    arguments: [
      "name: x", "tree: {_: 1}", "surface: {editable: [a], _: 1}", "surface: {editable: [a], limit: {_: 1}}",
      "build: {run: x, _: 1}", "setup: {run: x, _: 1}", "budget: {_: 1}", "agent: {kind: command, run: x, _: 1}",
      "agent: {kind: claude, _: 1}", "agent: [{kind: model, _: 1}]",
      "loop: {_: 1}", "loop: {stop: {_: 1}}", "scorers: [{name: a, kind: exit-code, role: gate, run: x, _: 1}]",
      "scorers: [{name: a, kind: tests, role: gate, run: x, _: 1}]",
      "scorers: [{name: a, kind: benchmark, role: gate, run: x, _: 1}]",
      "scorers: [{name: a, kind: benchmark, role: gate, run: x, pairs: {_: 1}}]",
      "scorers: [{name: a, kind: command, role: gate, score: x, _: 1}]",
      "scorers: [{name: a, kind: metric, role: info, run: x, _: 1}]",
      "scorers: [{name: a, kind: judge, role: info, run: x, _: 1}]",
    ])
  func keys(line: String) throws {
    let schema = try String(contentsOf: Self.file, encoding: .utf8)
    // The reader names its keys when it refuses one.
    let rest = smallest.split(separator: "\n").filter { !line.hasPrefix($0.prefix { $0 != ":" } + ":") }
    let lines = rest.filter { !line.hasPrefix("scorers") || !$0.hasPrefix("  -") }
    let text = (line == "name: x" ? ["_: 1"] : [Substring(line)]) + lines
    let message = try #require(
      complaint { try HarnessFile.parse(text: text.joined(separator: "\n"), file: "f") })
    let names = try #require(message.split(separator: "expected one of ").last).split(separator: ", ")
    #expect(message.contains("unknown key '_'"))
    for name in names { #expect(schema.contains("\"\(name)\":"), "\(name)") }
  }

  private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "docs/belljar.schema.json")
}
