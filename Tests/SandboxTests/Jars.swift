import Glibc
import Sandbox
import Testing

/// How much slower than hardware this machine is: an emulated one may take longer for the same (scripts/test-vm.sh).
let slowness = getenv("BELLJAR_SLOWNESS").flatMap { Int(String(cString: $0)) } ?? 1

/// What the suites of this room share: one sandbox, and jars of one shell script.
enum Jars {
  static func shell(
    _ script: String, policy: String = "strict", budget: Budget = Budget(wall: .seconds(10)), mounts: [Jar.Mount] = []
  ) throws -> Jar {
    Jar(policy: try Policy.builtIn(policy), arguments: ["/bin/sh", "-c", script], mounts: mounts, budget: budget)
  }

  /// Runs a script sealed; its outcome and what it printed on both streams.
  static func run(
    _ script: String, policy: String = "strict", budget: Budget = Budget(wall: .seconds(10)), mounts: [Jar.Mount] = [],
    input: Sandbox.Input = .none
  ) throws -> (outcome: Outcome, output: String, error: String) {
    let result = try Sandbox().run(
      shell(script, policy: policy, budget: budget, mounts: mounts), input: input)
    return (result.outcome, result.output.text, result.error.text)
  }
}
