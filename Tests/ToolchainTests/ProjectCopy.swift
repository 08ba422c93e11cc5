import Foundation
import Testing

/// A copy of a project in a folder of its own, and the command line tool run in it as a user would.
final class ProjectCopy {
  /// What a command line left.
  struct Run {
    var status: Int32
    var output: String
    var error: String

    var text: String { output + error }
  }

  let folder: String
  private let place: String
  private let source: String

  init(_ project: ToolchainProject) throws {
    place = FileManager.default.temporaryDirectory.appending(path: "belljar-toolchain-\(UUID())").path()
    folder = "\(place)/\(project.name)"
    source = "\(ToolchainProject.folder)/\(project.name)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
  }

  deinit {
    do { try FileManager.default.removeItem(atPath: place) } catch { Issue.record("\(place) is left: \(error)") }
  }

  /// The project as it was, at the same path: before anything else, and again.
  func renew() async throws {
    if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
    // Not FileManager's copy, which wants to give the files to their old owner. Open to all for root's sake: programs inside
    // are another user, who may write here where the folder is bound.
    let copied = try await run(
      ["/bin/sh", "-c", "cp -R \"$0\" \"$1\" && chmod -R a+rwX \"$1\"", source, folder], in: place)
    #expect(copied.status == 0, "\(copied.text)")
  }

  /// Runs the tool in the project's folder.
  func belljar(_ arguments: String..., environment: [String: String] = [:]) async throws -> Run {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let tool = URL(filePath: own).deletingLastPathComponent().appending(path: "belljar").path()
    // Nice: other suites run beside this one, and some of them measure.
    return try await run(["/usr/bin/env", "nice", "-n", "10", tool] + arguments, in: folder, environment: environment)
  }

  /// A path beside the project.
  func beside(_ name: String) -> String { "\(place)/\(name)" }

  /// Puts a program beside the project, with what is in it readable for all; its path.
  func put(_ name: String, _ text: String) throws -> String {
    let file = URL(filePath: beside(name))
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path())
    return file.path()
  }

  private func run(_ command: [String], in folder: String, environment: [String: String] = [:]) async throws -> Run {
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["XDG_STATE_HOME": "\(place)/state", "XDG_CACHE_HOME": "\(place)/cache"]) { $1 }
      .merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Files, as pipes could fill up.
    let files = try ["output", "error"].map { name in
      let path = "\(place)/\(name)"
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      return (path, try #require(FileHandle(forWritingAtPath: path)))
    }
    process.standardOutput = files[0].1
    process.standardError = files[1].1
    // Awaited, as a thread that waits for minutes is one of the two that all other tests have.
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in continuation.resume() }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    let texts = try files.map { try String(contentsOfFile: $0.0, encoding: .utf8) }
    return Run(
      status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
      output: texts[0], error: texts[1])
  }
}
