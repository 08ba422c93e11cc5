import Foundation
import Testing

/// Each project of `fixtures/toolchains` is built, tested and scored inside, offline, by the tool as a user runs it. One after
/// the other: a build uses what cores there are.
@Suite("Toolchain projects", .serialized) struct ToolchainProjectTests {
  @Test("the table names each project of the folder, and each is a sound harness") func table() throws {
    let named = try ToolchainProject.table.get()
    let folders = try FileManager.default.contentsOfDirectory(atPath: ToolchainProject.folder)
      .filter { access("\(ToolchainProject.folder)/\($0)/belljar.yaml", R_OK) == 0 }
    #expect(named.map(\.name).sorted() == folders.sorted())
    for project in named {
      let check = try ProjectCopy(project).belljar("check")
      #expect(check.status == 0, "\(project.name): \(check.text)")
      #expect(check.output.contains("needs your word (`belljar trust`)\n  nothing"), "\(project.name): \(check.text)")
    }
  }

  @Test("a project is built, tested and scored inside", arguments: ToolchainProject.all)
  func score(project: ToolchainProject) throws {
    try skip(unlessThereIs: project)
    let copy = try ProjectCopy(project)
    let score = try copy.belljar("score")
    #expect(score.status == 0, "\(score.text)")
    #expect(score.output.contains("gate       pass"), "\(score.text)")
    #expect(score.output.contains("objective  \(project.name == "bash-git" ? "14" : "525823")"), "\(score.text)")
  }

  @Test("a policy learned from a build and its tests lets them pass with equal output", arguments: ToolchainProject.all)
  func learn(project: ToolchainProject) throws {
    try skip(unlessThereIs: project)
    let copy = try ProjectCopy(project)
    let policy = copy.beside("learned.yaml")
    let watched = try copy.belljar(
      "policy", "learn", "--output", policy, "--bind", copy.folder, "--", "sh", "-c", project.check)
    #expect(watched.status == 0, "\(watched.text)")
    let written = try String(contentsOfFile: policy, encoding: .utf8)
    try copy.renew()
    let again = try copy.belljar("run", "--policy", policy, "--bind", copy.folder, "--", "sh", "-c", project.check)
    #expect(again.status == 0, "\(again.text)\n\(written)")
    #expect(!again.output.isEmpty)
    #expect(again.output == watched.output, "\(written)")
  }

  @Test("a short loop keeps what is better", arguments: ToolchainProject.all.filter { !$0.isSlow })
  func loop(project: ToolchainProject) throws {
    try skip(unlessThereIs: project)
    let loop = try ProjectCopy(project).belljar("loop")
    #expect(loop.status == 0, "\(loop.text)")
    #expect(loop.text.contains("try 1   kept"), "\(loop.text)")
  }

  /// Said aloud: of one case of many the library itself says nothing.
  private func skip(unlessThereIs project: ToolchainProject) throws {
    guard let missing = project.missing else { return }
    FileHandle.standardError.write(Data("skipped: toolchain project \(project.name): \(missing)\n".utf8))
    try Test.cancel("\(project.name): \(missing)")
  }
}
