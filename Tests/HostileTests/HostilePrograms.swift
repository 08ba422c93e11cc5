import Foundation
import Sandbox
import Testing

/// The programs of the table, compiled once for the life of the test process.
struct HostilePrograms {
  /// Where they lie; every name is the source's without `.c`.
  let folder: String

  static let shared: Swift.Result<HostilePrograms, any Error> = Swift.Result { try HostilePrograms() }

  private init() throws {
    // On a machine without a compiler they come with the tests (scripts/test-vm.sh).
    if let made = ProcessInfo.processInfo.environment["BELLJAR_HOSTILE_PROGRAMS"] {
      folder = made
      return
    }
    folder = try Folders.make()
    let script = """
      cd '\(HostileTable.folder)' && cp *.sh '\(folder)' && chmod 755 '\(folder)'/*.sh && failed=
      for each in *.c; do
        cc -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -pthread -o '\(folder)'/"${each%.c}" "$each" || failed=1
      done
      test -z "$failed"
      """
    let (status, text) = try Host.shell(script)
    try #require(status == 0, "cc: \(text)")
  }

  /// A run of one program, with the word by which its processes are known outside.
  struct Run {
    var result: Sandbox.Result
    var elapsed: Duration
    var survivors: [String]
    var output: String { result.output.text + result.error.text }
  }

  /// Runs a program sealed, shown below a folder whose name is this run's own: all that it forks carries that name.
  func run(
    _ file: String, _ arguments: [String] = [], policy: String = "strict",
    budget: Budget = Budget(wall: .seconds(10)), environment: [String: String] = [:], mounts: [Jar.Mount] = [],
    sandbox: Sandbox? = nil
  ) throws -> Run {
    let mark = "hostile-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let name = file.hasSuffix(".c") ? String(file.dropLast(2)) : file
    var jar = Jar(
      policy: try Policy.builtIn(policy), arguments: ["/\(mark)/\(name)"] + arguments, environment: environment,
      mounts: mounts + [Jar.Mount(.readOnly, source: folder, destination: "/\(mark)")], budget: budget)
    // Programs that a script starts carry no path of ours, but they inherit this.
    if name.hasSuffix(".sh") { jar.environment["HOSTILE_RUN"] = mark }
    let clock = ContinuousClock()
    let begun = clock.now
    let result = try (sandbox ?? Sandbox()).run(jar, output: .captured(keep: 1 << 18))
    return Run(result: result, elapsed: clock.now - begun, survivors: Host.processes(marked: mark).map(\.command))
  }
}
