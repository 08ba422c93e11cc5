import Foundation
import Testing

/// Each project of `fixtures/toolchains` is built, tested and scored inside, offline, by the tool as a user runs it. One after
/// the other: a build uses what cores there are.
@Suite("Toolchain projects", .serialized) struct ToolchainProjectTests {
  @Test("the table names each project of the folder, and each is a sound harness") func table() async throws {
    let named = try ToolchainProject.table.get()
    let folders = try FileManager.default.contentsOfDirectory(atPath: ToolchainProject.folder)
      .filter { access("\(ToolchainProject.folder)/\($0)/belljar.yaml", R_OK) == 0 }
    #expect(named.map(\.name).sorted() == folders.sorted())
    for project in named {
      let copy = try ProjectCopy(project)
      try await copy.renew()
      let check = try await copy.belljar("check")
      #expect(check.status == 0, "\(project.name): \(check.text)")
      #expect(check.output.contains("needs your word (`belljar trust`)\n  nothing"), "\(project.name): \(check.text)")
    }
  }

  @Test("a project is built, tested and scored inside", arguments: ToolchainProject.all)
  func score(project: ToolchainProject) async throws {
    try skip(unlessThereIs: project)
    let copy = try ProjectCopy(project)
    try await copy.renew()
    let score = try await copy.belljar("score")
    #expect(score.status == 0, "\(score.text)")
    #expect(score.output.contains("gate       pass"), "\(score.text)")
    #expect(score.output.contains("objective  \(project.name == "bash-git" ? "14" : "525823")"), "\(score.text)")
  }

  @Test("a policy learned from a build and its tests lets them pass with equal output", arguments: ToolchainProject.all)
  func learn(project: ToolchainProject) async throws {
    try skip(unlessThereIs: project)
    let copy = try ProjectCopy(project)
    try await copy.renew()
    let policy = copy.beside("learned.yaml")
    let watched = try await copy.belljar(
      "policy", "learn", "--output", policy, "--bind", copy.folder, "--", "sh", "-c", project.check)
    #expect(watched.status == 0, "\(watched.text)")
    let written = try String(contentsOfFile: policy, encoding: .utf8)
    try await copy.renew()
    let again = try await copy.belljar(
      "run", "--policy", policy, "--bind", copy.folder, "--", "sh", "-c", project.check)
    #expect(again.status == 0, "\(again.text)\n\(written)")
    #expect(!again.output.isEmpty)
    #expect(again.output == watched.output, "\(written)")
  }

  @Test("a short loop keeps what is better", arguments: ToolchainProject.all.filter { !$0.isSlow })
  func loop(project: ToolchainProject) async throws {
    try skip(unlessThereIs: project)
    let copy = try ProjectCopy(project)
    try await copy.renew()
    let loop = try await copy.belljar("loop")
    #expect(loop.status == 0, "\(loop.text)")
    #expect(loop.text.contains("try 1   kept"), "\(loop.text)")
  }

  @Test("where a program's program is not shown, the failure names it and the lines that mend it")
  func advice() async throws {
    guard let project = ToolchainProject.all.first(where: { $0.name == "c-make" }) else { return }
    try skip(unlessThereIs: project)
    let copy = try ProjectCopy(project)
    try await copy.renew()
    let tools = try copy.put("tools/lib/note", "").replacing("/lib/note", with: "")
    _ = try copy.put("tools/bin/cc9", "#!/bin/sh\nexec gcc \"$@\"\n")
    let makefile = try String(contentsOfFile: "\(copy.folder)/Makefile", encoding: .utf8)
    try makefile.replacing("CC = gcc", with: "CC = cc9").write(
      toFile: "\(copy.folder)/Makefile", atomically: true, encoding: .utf8)
    let caller = ["PATH": "\(tools)/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")]
    let failed = try await copy.belljar("score", environment: caller)
    #expect(failed.status == 1)
    let variable = "{PATH: \"\(tools)/bin:/usr/local/bin:/usr/bin:/bin\"}"
    #expect(failed.error.contains("\(tools)/bin/cc9 is on this machine"), "\(failed.text)")
    #expect(failed.error.contains("inputs: [\(tools)] and env: \(variable)"), "\(failed.text)")

    let harness = try String(contentsOfFile: "\(copy.folder)/belljar.yaml", encoding: .utf8)
    try (harness + "inputs: [\(tools)]\nenv: \(variable)\n").write(
      toFile: "\(copy.folder)/belljar.yaml", atomically: true, encoding: .utf8)
    let trusted = try await copy.belljar("trust")
    #expect(trusted.status == 0, "\(trusted.text)")
    let mended = try await copy.belljar("score", environment: caller)
    #expect(mended.status == 0, "\(mended.text)")
  }

  /// Said aloud: of one case of many the library itself says nothing.
  private func skip(unlessThereIs project: ToolchainProject) throws {
    guard let missing = project.missing else { return }
    FileHandle.standardError.write(Data("skipped: toolchain project \(project.name): \(missing)\n".utf8))
    try Test.cancel("\(project.name): \(missing)")
  }
}
