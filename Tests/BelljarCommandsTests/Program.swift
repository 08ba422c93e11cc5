import FoundationEssentials
import Glibc
import Harness
import Ledger
import Workspace

/// The built program, run on a project in a folder of its own.
final class Program {
  let place: String
  let project: String
  /// $XDG_STATE_HOME of the next run.
  var home: String
  /// Every process that was started.
  private(set) var started: Set<pid_t> = []

  init(_ files: [String: String]) throws {
    var template = Array("/tmp/belljar-program-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ProgramError("mkdtemp") }
    place = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    project = "\(place)/project"
    home = "\(place)/state"
    for (name, text) in files {
      let path = "\(project)/\(name)"
      try FileManager.default.createDirectory(
        atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: path))
      if text.hasPrefix("#!") { chmod(path, 0o755) }
    }
  }

  deinit { try? TreeRemoval.removeTree(place) }

  /// The program beside the tests, or BELLJAR_PROGRAM: a release's for long counts.
  static let path =
    ProcessInfo.processInfo.environment["BELLJAR_PROGRAM"]
    ?? (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      .split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/belljar")

  var environment: [String] {
    ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=\(place)", "XDG_STATE_HOME=\(home)"]
  }

  /// Runs a command to its end.
  func run(_ arguments: [String]) throws -> (status: Int32, output: String, error: String) {
    guard let path = Self.path else { throw ProgramError("find belljar") }
    let output = try HostCommand([path] + arguments, environment: environment, folder: project, timeout: 120).run()
    return (
      output.status, String(decoding: output.stdout, as: UTF8.self), String(decoding: output.stderr, as: UTF8.self)
    )
  }

  /// Runs a shell's line in the project's folder, with the program as `$BELLJAR`.
  func shell(_ line: String) throws -> (status: Int32, output: String, error: String) {
    guard let path = Self.path else { throw ProgramError("find belljar") }
    let output = try HostCommand(
      ["/bin/sh", "-c", line], environment: environment + ["BELLJAR=\(path)"], folder: project, timeout: 120
    ).run()
    return (
      output.status, String(decoding: output.stdout, as: UTF8.self), String(decoding: output.stderr, as: UTF8.self)
    )
  }

  /// Starts a command, on the project's harness where it names no command of its own, and returns its process; its output goes to a
  /// file.
  func start(_ arguments: [String], output: String = "output") throws -> pid_t {
    guard let path = Self.path else { throw ProgramError("find belljar") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "\(place)/\(output)", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    let harness = arguments.contains("--") ? [] : ["--harness", project]
    let words = ([path] + arguments + harness).map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for word in words + variables { free(word) } }
    var process = pid_t()
    guard posix_spawn(&process, path, &actions, nil, words, variables) == 0 else { throw ProgramError("start \(path)") }
    started.insert(process)
    return process
  }

  /// Waits for a process: its exit code, or 128 and the signal that ended it.
  func wait(_ process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
  }

  func state() throws -> StateFolder { try StateFolder(checkout: project, environment: ["XDG_STATE_HOME": home]) }

  func text(_ name: String) -> String {
    FileManager.default.contents(atPath: "\(place)/\(name)").map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}

struct ProgramError: Error, CustomStringConvertible {
  let description: String
  init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
}
