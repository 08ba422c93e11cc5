package import Digests
internal import Egress

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
      switch step.network {
      case .none: break
      case .hosts(let hosts): add("\(name) reaches \(hosts.joined(separator: ", ")) over the network")
      case .open: add("\(name) has the host's network")
      }
      for secret in step.secrets { add("\(name) reads the secret \(secret) from your environment") }
      // A program's own file or installation is shown with it.
      for program in started(step.command) where leavesProject(program, folder: step.folder) {
        add("\(name) starts \(program), outside the project")
      }
      if case .file(let path) = step.policy { add("\(name) runs under its own policy \(path)") }
    }
    for agent in harness.agents { addDemands(of: agent, sending: "the tree's files", add) }
    for judge in harness.judges { addDemands(of: judge, sending: "what candidates write", add) }
    return demands
  }

  /// A model costs its user money, and is sent what may be the user's own.
  private static func addDemands(of agent: HarnessAgent, sending what: String, _ add: (String) -> Void) {
    guard let api = agent.api else { return }
    let place = agent.server ?? "the API of \(api.company)"
    let key =
      agent.key.map { $0 == HarnessAgent.noKey ? "without a key" : "paid with your \($0)" } ?? "paid with your key"
    add("\(agent.name) sends \(what) to \(place), \(key)")
    for feature in agent.features.sorted(by: { $0.rawValue < $1.rawValue }) {
      add("\(agent.name) may use the provider's \(feature.rawValue)")
    }
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
