internal import Glibc
package import StrictYAML

extension Policy {
  static let keys = ["name", "about", "extends", "show", "proc", "network", "calls", "budget"]

  /// Decodes a policy strictly: unknown keys, groups and units are errors with line and column.
  ///
  /// With `extends: NAME`, `show` and `calls` add to those of the other policy, `budget` stands before its budget, and
  /// `proc` and `network` replace its own. NAME is built in, or a file beside this one.
  public init(yaml text: String, file: String) throws { try self.init(yaml: text, file: file, depth: 0) }

  private init(yaml text: String, file: String, depth: Int) throws {
    let map = try YAMLValue(parsing: text, file: file).mapping()
    try map.only(Self.keys)
    let base = try map["extends"].map { try Self.base($0, file: file, depth: depth) }
    name = try map.require("name").string()
    about = try map["about"]?.string() ?? ""
    show = base?.show ?? []
    if base == nil { _ = try map.require("show") }
    for each in try map["show"]?.list() ?? [] {
      let path = try each.string()
      guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
        throw each.error("expected an absolute path without '..'; found '\(path)'")
      }
      if !show.contains(path) { show.append(path) }
    }
    proc = try map["proc"]?.choice(ProcView.self) ?? base?.proc ?? .pids
    network = try map["network"]?.choice(Network.self) ?? base?.network ?? .none
    calls = base?.calls ?? []
    if base == nil { _ = try map.require("calls") }
    for each in try map["calls"]?.list() ?? [] {
      let name = try each.string()
      try Self.checkCalls(name, each)
      if !calls.contains(name) { calls.append(name) }
    }
    let own = try map["budget"].map(Budget.init(yaml:)) ?? Budget()
    budget = base.map { own.merged(over: $0.budget) } ?? own
  }

  private static func base(_ value: YAMLValue, file: String, depth: Int) throws -> Policy {
    let name = try value.string()
    guard depth < 8 else { throw value.error("policies extend one another more than 8 deep, or in a circle") }
    guard name.contains("/") || name.hasSuffix(".yaml") else {
      guard builtInNames.contains(name) else {
        let nearest = Nearest.name(to: name, among: builtInNames).map { "; did you mean '\($0)'?" } ?? ""
        throw value.error("no policy '\(name)' is built in\(nearest)")
      }
      return try builtIn(name)
    }
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    let path = name.hasPrefix("/") ? name : folder + name
    guard let text = readText(path) else { throw value.error("the policy \(path) can't be opened") }
    return try Policy(yaml: text, file: path, depth: depth + 1)
  }

  /// A group, or a call that some group holds: others could lead out, and are in none.
  private static func checkCalls(_ name: String, _ place: YAMLValue) throws {
    if SystemCallGroups.names.contains(name) { return }
    let calls = try SystemCallGroups.all().values.flatMap { $0 }
    if calls.contains(name) { return }
    let nearest = Nearest.name(to: name, among: SystemCallGroups.names + calls).map { "; did you mean '\($0)'?" } ?? ""
    throw place.error("unknown group of system calls '\(name)', and no group holds a call of that name\(nearest)")
  }
}

extension Budget {
  package static let keys = [
    "wall", "grace", "cpu", "memory", "processes", "disk", "output", "file_size", "open_files", "cores",
  ]

  package init(yaml value: YAMLValue) throws(YAMLError) {
    let map = try value.mapping()
    try map.only(Self.keys)
    self.init(
      wall: try map["wall"]?.duration(), grace: try map["grace"]?.duration(), cpu: try map["cpu"]?.duration(),
      memory: try map["memory"]?.byteCount(), processes: try map["processes"]?.integer(in: 1...1_000_000),
      disk: try map["disk"]?.byteCount(), output: try map["output"]?.byteCount(),
      fileSize: try map["file_size"]?.byteCount(), openFiles: try map["open_files"]?.integer(in: 8...1_000_000),
      cores: try map["cores"]?.integer(in: 1...1024))
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
