import FoundationEssentials
import Glibc
import Harness
import Ledger
import LoopControl
import Sandbox
import Testing
import Workspace

/// The project of `fixtures/cheats/project` in a folder of its own, with one of the harnesses and a script for an agent.
final class CheatProject {
  let place: String
  let folder: String

  /// - Parameters:
  ///   - edit: changes the harness's text.
  ///   - agent: the agent's script below `candidates/`, with its arguments.
  init(
    _ harness: String, agent: [String] = ["same"], bringsProgram: Bool = false, edit: (String) -> String = { $0 }
  ) throws {
    var template = Array("/tmp/belljar-cheat-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    place = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    folder = "\(place)/project"
    // Not FileManager's copy, which keeps the owner, and so fails for anybody else.
    let copied = try HostCommand(
      ["cp", "-r", "\(CheatTable.folder)/project", folder], environment: ["PATH=/usr/bin:/bin"], folder: "/"
    ).run()
    try #require(copied.status == 0, "\(String(decoding: copied.stderr, as: UTF8.self))")
    try write("tests/large.txt", (1...1200).map { "\($0)\n" }.joined())
    let path = "\(CheatTable.folder)/harness/\(harness).yaml"
    let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    let programs = bringsProgram ? ", \"\(try HostileFolder.shared.get()):/hostile\"" : ""
    let script = ["/bin/sh", "/cheats/\(agent[0]).sh"] + agent.dropFirst()
    try write(
      "belljar.yaml",
      edit(text) + """
        agent:
          kind: command
          run: [\(script.map(Self.quoted).joined(separator: ", "))]
          inputs: ["\(CheatTable.folder)/candidates:/cheats"\(programs)]
          budget: {wall: 20 s}

        """)
  }

  deinit { try? TreeRemoval.removeTree(place) }

  private static func quoted(_ word: String) -> String {
    "\"" + word.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  func write(_ name: String, _ text: String) throws {
    let path = "\(folder)/\(name)"
    try FileManager.default.createDirectory(
      atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path))
    if text.hasPrefix("#!") { chmod(path, 0o755) }
  }

  @discardableResult
  func shell(_ script: String) throws -> String {
    let output = try HostCommand(["/bin/sh", "-ec", script], environment: environment, folder: folder).run()
    try #require(output.status == 0, "\(String(decoding: output.stderr, as: UTF8.self))")
    return String(decoding: output.stdout, as: UTF8.self)
  }

  var environment: [String] {
    [
      "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=\(place)", "XDG_STATE_HOME=\(place)/state",
      "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b",
    ]
  }

  /// A repository with the solution on a branch and in a stash.
  func makeRepository() throws {
    try shell(
      """
      git init -q -b main . && git add -A && git commit -qm begin
      git checkout -qb solution && cp "\(CheatTable.folder)/candidates/honest.sh" src/lib.sh && git commit -qam solution
      git checkout -q main && git worktree add -q ../solution solution && echo 'solution' >>src/lib.sh && git stash -q
      """)
  }

  /// Every file with its bytes and times: equal before and after means untouched.
  func state() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted().map { name in
      var about = stat()
      lstat("\(folder)/\(name)", &about)
      return
        "\(name) \(about.st_ino) \(about.st_size) \(about.st_mode) \(about.st_mtim.tv_sec).\(about.st_mtim.tv_nsec)"
    }
  }

  func bench() throws -> Workbench {
    let file = try HarnessFile.load(path: "\(folder)/belljar.yaml")
    return try Workbench(
      harness: file, folder: folder, root: folder,
      state: StateFolder(checkout: folder, environment: ["XDG_STATE_HOME": "\(place)/state"]),
      cancellation: Cancellation())
  }

  /// A loop that has ended.
  struct Ended {
    var summary: LoopSummary
    var tries: [TrySummary]
    var ledger: Ledger

    func detail(_ number: Int) throws -> IterationDetail {
      try #require(try ledger.iteration(loop: summary.loop, number: number))
    }

    /// What the agent was told before each try.
    func prompts() throws -> [String] { try tries.map { try detail($0.number).iteration.prompt ?? "" } }
  }

  /// Runs the loop to its end.
  func loop(_ watch: @escaping (LoopEvent) throws -> Void = { _ in }) throws -> Ended {
    let bench = try bench()
    let ledger = try Ledger(path: bench.state.ledger)
    var tries: [TrySummary] = []
    let runner = LoopRunner(
      bench: bench, ledger: ledger, seed: 1
    ) { event in
      if case .finished(let each) = event { tries.append(each) }
      do { try watch(event) } catch { Issue.record("\(error)") }
    }
    return Ended(summary: try runner.run(), tries: tries, ledger: ledger)
  }

  /// The program that was built beside the tests.
  private static func program() throws -> String {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/belljar"
  }

  /// Runs the program to its end.
  func belljar(_ arguments: [String], environment more: [String] = []) throws -> (status: Int32, text: String) {
    let output = try HostCommand(
      [Self.program()] + arguments, environment: environment + more, folder: folder, timeout: 120
    ).run()
    return (output.status, String(decoding: output.stdout + output.stderr, as: UTF8.self))
  }

  /// The same, killed with SIGKILL after so many seconds where it still runs; 137 where it was.
  func belljarKilled(after seconds: Double, _ arguments: [String]) throws -> (status: Int32, text: String) {
    let kill = "sleep \(seconds) && kill -9 $child"
    let output = try HostCommand(
      [
        "/bin/sh", "-c",
        "\"$@\" & child=$!; { \(kill); } >/dev/null 2>&1 & killer=$!; wait $child; status=$?; kill $killer 2>/dev/null; exit $status",
        "sh", Self.program(),
      ] + arguments, environment: environment, folder: folder, timeout: 120
    ).run()
    return (output.status, String(decoding: output.stdout + output.stderr, as: UTF8.self))
  }
}

/// The programs of fixtures/hostile that the table names, compiled once for the life of the test process.
enum HostileFolder {
  static let shared: Result<String, any Error> = Result {
    var template = Array("/tmp/belljar-cheat-programs-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    made = folder
    // Read by the unprivileged user that programs are inside.
    chmod(folder, 0o755)
    atexit { if let made { try? TreeRemoval.removeTree(made) } }
    let names = Set(try CheatTable.entries.get().compactMap(\.hostile)).sorted()
    let script = """
      for each in \(names.joined(separator: " ")); do
        cc -std=gnu11 -D_GNU_SOURCE -O1 -pthread -o '\(folder)'/"$each" "$each"
      done
      """
    let output = try HostCommand(
      ["/bin/sh", "-ec", script], environment: ["PATH=/usr/local/bin:/usr/bin:/bin"],
      folder: CheatTable.place("fixtures/hostile")
    ).run()
    try #require(output.status == 0, "\(String(decoding: output.stderr, as: UTF8.self))")
    return folder
  }

  private nonisolated(unsafe) static var made: String?
}
