import Foundation
import Sandbox
import StrictYAML
import Testing

/// One entry of `fixtures/hostile/table.yaml`: a program with the outcome that must come, or the name of a test.
struct HostileEntry: Sendable, CustomTestStringConvertible {
  var row: Int
  var tries: String
  /// A program of the table's folder.
  var file: String?
  /// A test of this target, where the row is about Belljar's own side.
  var test: String?
  /// Whose tests hold the row, where that is not the sandbox.
  var room: String?
  var arguments: [String] = []
  var policy = "strict"
  var budget = Budget()
  /// The reasons of which one must come, as `reason(_:)` writes them.
  var expect: [String] = []
  var within: Duration?
  var cpuBelow: Duration?
  var leftOver = 0
  var needs: [String] = []
  var known: String?
  var knownPolled: String?

  var testDescription: String {
    "row \(row), \(file ?? test ?? room ?? "") \(arguments.joined(separator: " ")): \(tries)"
  }

  init(yaml value: YAMLValue) throws {
    let map = try value.mapping()
    try map.only([
      "row", "tries", "file", "test", "room", "arguments", "policy", "budget", "expect", "within", "cpu_below",
      "left_over", "needs", "bomb", "known", "known_polled",
    ])
    row = try map.require("row").integer(in: 1...57)
    tries = try map.require("tries").string()
    file = try map["file"]?.string()
    test = try map["test"]?.string()
    room = try map["room"]?.string()
    arguments = try map["arguments"]?.strings() ?? []
    policy = try map["policy"]?.string() ?? "strict"
    budget = try map["budget"].map(Budget.init(yaml:)) ?? Budget()
    expect = try map["expect"]?.strings() ?? []
    within = try map["within"]?.duration()
    cpuBelow = try map["cpu_below"]?.duration()
    leftOver = try map["left_over"]?.integer(in: 0...1000) ?? 0
    needs = try map["needs"]?.strings() ?? []
    known = try map["known"]?.string()
    knownPolled = try map["known_polled"]?.string()
    guard file != nil || test != nil || room != nil else { throw value.error("a file, a test or a room is missing") }
    guard file == nil || (!expect.isEmpty && budget.wall != nil) else {
      throw value.error("a program wants an expected reason and a wall budget")
    }
  }

  /// A reason as the table writes it: `wallBudget`, `exited 0`, `signaled 11`.
  static func reason(_ reason: EndReason) -> String {
    switch reason {
    case .exited(let code): "exited \(code)"
    case .signaled(let signal): "signaled \(signal)"
    default: reason.name
    }
  }

  /// What this machine lacks for the entry; nil where there is all.
  var missing: String? {
    for need in needs {
      if need == "x86_64" {
        #if !arch(x86_64)
          return "an x86_64 processor"
        #endif
      } else if access("/usr/bin/\(need)", X_OK) != 0 {
        return "/usr/bin/\(need)"
      }
    }
    return nil
  }
}

/// The whole table.
enum HostileTable {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/hostile").path()

  static let entries: Swift.Result<[HostileEntry], any Error> = Swift.Result {
    let file = folder + "/table.yaml"
    let text = String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
    return try YAMLValue(parsing: text, file: file).list().map(HostileEntry.init(yaml:))
  }

  static var programs: [HostileEntry] { ((try? entries.get()) ?? []).filter { $0.file != nil && $0.test == nil } }
}
