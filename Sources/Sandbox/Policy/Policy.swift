internal import Policies
internal import StrictYAML

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
  /// What is allowed of the system calls: names of groups (`policies/groups.yaml`), or of single calls in a group.
  public var calls: [String]
  /// The limits that stand where a step gives none.
  public var budget: Budget

  /// A built-in policy: `strict`, `test`, `build` or `agent`.
  public static func builtIn(_ name: String) throws -> Policy {
    guard let policy = compiled(name) else {
      let nearest = Nearest.name(to: name, among: BuiltInPolicies.names)
      throw SandboxError(
        "find policy", name,
        "there is no such policy" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
          + " Built in are \(BuiltInPolicies.names.joined(separator: ", ")); a file is given by a path with a '/' or '.yaml'"
      )
    }
    return policy
  }

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
}
