import Foundation
import StrictYAML
import Testing

/// An entry of `fixtures/toolchains/table.yaml`: a small project, the programs that it needs, and a command that builds and
/// tests it with the same output each time.
struct ToolchainProject: Sendable, CustomTestStringConvertible {
  var name: String
  var needs: [String]
  /// Files of the host without which the toolchain is not whole.
  var files: [String]
  var check: String
  /// Whether a loop in it takes long.
  var isSlow: Bool

  var testDescription: String { name }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/toolchains").path()

  /// Read once; what is wrong with the table is told by the suite's first test.
  static let table = Result {
    try YAMLValue(parsing: String(contentsOfFile: "\(folder)/table.yaml", encoding: .utf8), file: "table.yaml")
      .list().map(ToolchainProject.init(yaml:))
  }
  static var all: [ToolchainProject] { (try? table.get()) ?? [] }

  private init(yaml value: YAMLValue) throws {
    let map = try value.mapping()
    try map.only(["project", "needs", "files", "check", "slow"])
    name = try map.require("project").string()
    needs = try map.require("needs").strings()
    files = try map["files"]?.strings() ?? []
    check = try map.require("check").string()
    isSlow = try map["slow"]?.boolean() ?? false
  }

  /// What this machine lacks; nil where it has all.
  var missing: String? {
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    if let program = needs.first(where: { program in !path.contains { access("\($0)/\(program)", X_OK) == 0 } }) {
      return "there is no \(program) in PATH"
    }
    return files.first { access($0, R_OK) != 0 }.map { "there is no \($0)" }
  }
}
