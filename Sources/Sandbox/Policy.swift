internal import Policies
package import StrictYAML
internal import Synchronization

/// What a sandbox shows and allows. Everything that a policy does not grant is absent.
public struct Policy: Sendable {
  /// How much of /proc is there.
  public enum ProcView: String, Sendable, CaseIterable {
    /// Only the sandbox's own processes (`subset=pid`).
    case pids
    /// Also the machine-wide files that build tools and runtimes read.
    case full
  }

  /// What network there is.
  public enum Network: String, Sendable, CaseIterable {
    /// A namespace of its own with a loopback.
    case none
    /// The host's network. Only `setup` may ask for it, and only a trusted harness.
    case open
  }

  /// The policy's name.
  public var name: String
  /// What it is for, in one sentence.
  public var about: String
  /// Host folders that are shown read-only at their own paths, where they exist.
  public var show: [String]
  /// How much of /proc is there.
  public var proc: ProcView
  /// What network there is.
  public var network: Network
  /// Groups of system calls that are allowed (`policies/groups.yaml`).
  public var calls: [String]
  /// The limits that stand where a step gives none.
  public var budget: Budget

  /// A built-in policy: `strict`, `test` or `build`.
  public static func builtIn(_ name: String) throws -> Policy {
    if let known = kept.withLock({ $0[name] }) { return known }
    guard let text = BuiltInPolicies.text(named: name) else {
      let nearest = Nearest.name(to: name, among: BuiltInPolicies.names)
      throw SandboxError(
        "find policy", name,
        "there is no such policy" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
          + " Built in are \(BuiltInPolicies.names.joined(separator: ", ")); a file is given by a path with a '/' or '.yaml'"
      )
    }
    let policy = try Policy(yaml: text, file: "policies/\(name).yaml")
    kept.withLock { $0[name] = policy }
    return policy
  }

  /// Read once: a loop asks for the same policy at each step.
  private static let kept = Mutex<[String: Policy]>([:])

  /// A policy by name, or from a file where the text is a path.
  public static func named(_ nameOrPath: String) throws -> Policy {
    guard nameOrPath.contains("/") || nameOrPath.hasSuffix(".yaml") else { return try builtIn(nameOrPath) }
    guard let text = readText(nameOrPath) else {
      throw SandboxError("read policy", nameOrPath, "the file can't be opened")
    }
    return try Policy(yaml: text, file: nameOrPath)
  }

  /// The names of the built-in policies, narrowest first.
  public static var builtInNames: [String] { BuiltInPolicies.names }

  /// Decodes a policy strictly: unknown keys, groups and units are errors with line and column.
  public init(yaml text: String, file: String) throws {
    let map = try YAMLValue(parsing: text, file: file).mapping()
    try map.only(["name", "about", "show", "proc", "network", "calls", "budget"])
    name = try map.require("name").string()
    about = try map["about"]?.string() ?? ""
    show = []
    for each in try map.require("show").list() {
      let path = try each.string()
      guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
        throw each.error("expected an absolute path without '..'; found '\(path)'")
      }
      show.append(path)
    }
    proc = try map["proc"]?.choice(ProcView.self) ?? .pids
    network = try map["network"]?.choice(Network.self) ?? .none
    calls = []
    let known = SystemCallGroups.names
    for each in try map.require("calls").list() {
      let group = try each.string()
      guard known.contains(group) else {
        let nearest = Nearest.name(to: group, among: known).map { "; did you mean '\($0)'?" } ?? ""
        throw each.error("unknown group of system calls '\(group)'\(nearest)")
      }
      calls.append(group)
    }
    budget = try map["budget"].map(Budget.init(yaml:)) ?? Budget()
  }
}

extension Budget {
  package static let keys = [
    "wall", "grace", "cpu", "memory", "processes", "disk", "output", "file_size", "open_files",
  ]

  package init(yaml value: YAMLValue) throws(YAMLError) {
    let map = try value.mapping()
    try map.only(Self.keys)
    self.init(
      wall: try map["wall"]?.duration(), grace: try map["grace"]?.duration(), cpu: try map["cpu"]?.duration(),
      memory: try map["memory"]?.byteCount(), processes: try map["processes"]?.integer(in: 1...1_000_000),
      disk: try map["disk"]?.byteCount(), output: try map["output"]?.byteCount(),
      fileSize: try map["file_size"]?.byteCount(), openFiles: try map["open_files"]?.integer(in: 8...1_000_000))
  }
}
