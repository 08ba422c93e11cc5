internal import PolicyCompiler
package import StrictYAML

extension Policy {
  static let keys = PolicyText.keys

  /// Decodes a policy strictly: unknown keys, groups and units are errors with line and column.
  ///
  /// With `extends: NAME`, `show` and `calls` add to those of the other policy, `budget` stands before its budget, and
  /// `proc` and `network` replace its own. NAME is built in, or a file beside this one.
  public init(yaml text: String, file: String) throws {
    try self.init(try PolicyText(yaml: text, file: file, read: { readText($0) }))
  }

  private init(_ text: PolicyText) throws {
    guard let proc = ProcView(rawValue: text.proc), let network = Network(rawValue: text.network) else {
      throw SandboxError("read policy", text.name, "'\(text.proc)' or '\(text.network)' means nothing to this program")
    }
    self.init(
      name: text.name, about: text.about, show: text.show, proc: proc, network: network, calls: text.calls,
      budget: Budget(text.budget))
  }
}

extension Budget {
  package static let keys = BudgetText.keys

  package init(yaml value: YAMLValue) throws { self.init(try BudgetText(yaml: value)) }

  init(_ text: BudgetText) {
    self.init(
      wall: text.wall, grace: text.grace, cpu: text.cpu, memory: text.memory, processes: text.processes,
      disk: text.disk, output: text.output, fileSize: text.fileSize, openFiles: text.openFiles, cores: text.cores)
  }
}

extension Policy {
  /// The calls of a group that this machine has, or the call itself.
  public static func callNames(of name: String) throws -> [String] {
    try SystemCallGroups.all()[name] ?? [name]
  }

  /// All calls that the policy allows, each once, sorted.
  public func callNames() throws -> [String] {
    let groups = try SystemCallGroups.all()
    return Set(calls.flatMap { groups[$0] ?? [$0] }).sorted()
  }
}
