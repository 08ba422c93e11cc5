package import Digests

/// What a harness asks beyond the built-in policies, and the text of it that a user's word covers.
package enum Trust {
  /// The demands in words, each once, in the file's order; empty where the harness stays within what is always granted.
  ///
  /// Paths are judged by their text. A link inside the project that points out of it is for the sandbox to refuse.
  package static func demands(of harness: HarnessFile) -> [String] {
    var demands: [String] = []
    func add(_ demand: String) {
      let text = demand.visible()
      if !demands.contains(text) { demands.append(text) }
    }
    if PathText.climbs(harness.tree.root) { add("the tree is \(harness.tree.root), above the harness file's folder") }
    for (name, step) in harness.steps {
      for input in step.inputs where input.leavesProject { add("\(name) sees \(input.source), outside the project") }
      if step.network == .open { add("\(name) has the host's network") }
      for secret in step.secrets { add("\(name) reads the secret \(secret) from your environment") }
      // A program's own file or installation is shown with it.
      for program in started(step.command) where leavesProject(program, folder: step.folder) {
        add("\(name) starts \(program), outside the project")
      }
      if case .file(let path) = step.policy { add("\(name) runs under its own policy \(path)") }
    }
    return demands
  }

  private static func started(_ command: HarnessCommand) -> [String] {
    if case .direct(let arguments) = command { return Array(arguments.prefix(1)) }
    return command.programs
  }

  private static func leavesProject(_ program: String, folder: String?) -> Bool {
    guard program.hasPrefix("/") else { return program.contains("/") && PathText.climbs("\(folder ?? ".")/\(program)") }
    let system = ["/usr/", "/bin/", "/sbin/", "/opt/", "/tree/", "/tmp/"]
    return program.split(separator: "/").contains("..") || !system.contains { program.hasPrefix($0) }
  }

  /// The paths of the policy files that the harness names, relative to its folder.
  package static func policyFiles(of harness: HarnessFile) -> [String] {
    var paths: [String] = []
    for (_, step) in harness.steps {
      if case .file(let path) = step.policy, !paths.contains(path) { paths.append(path) }
    }
    return paths
  }

  /// The digest that trust is kept under: of the harness file's bytes, and of each policy file's, so that a later edit of
  /// either asks again.
  ///
  /// - Parameter policies: the bytes of `policyFiles(of:)`, in that order.
  package static func digest(of harness: HarnessFile, policies: [[UInt8]] = []) -> Digest {
    guard !policies.isEmpty else { return harness.digest }
    return Digest(of: ([harness.digest] + policies.map { Digest(of: $0) }).flatMap(\.bytes))
  }
}
