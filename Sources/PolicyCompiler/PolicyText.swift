internal import Policies
internal import StrictYAML

/// A policy as its text gives it, with what it extends.
package struct PolicyText {
  package static let keys = ["name", "about", "extends", "show", "proc", "network", "calls", "budget"]
  package static let procViews = ["pids", "full"]
  package static let networks = ["none", "open"]

  package var name: String
  package var about: String
  package var show: [String]
  package var proc: String
  package var network: String
  package var calls: [String]
  package var budget: BudgetText

  /// Decodes a policy strictly: unknown keys, groups and units are errors with line and column.
  ///
  /// With `extends: NAME`, `show` and `calls` add to those of the other policy, `budget` stands before its budget, and
  /// `proc` and `network` replace its own. NAME is built in, or a file beside this one.
  ///
  /// - Parameter read: The contents of a file, or nil where it can't be opened.
  package init(yaml text: String, file: String, read: (String) -> String?) throws {
    try self.init(yaml: text, file: file, depth: 0, read: read)
  }

  private init(yaml text: String, file: String, depth: Int, read: (String) -> String?) throws {
    let map = try YAMLValue(parsing: text, file: file).mapping()
    try map.only(Self.keys)
    let base = try map["extends"].map { try Self.base($0, file: file, depth: depth, read: read) }
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
    proc = try map["proc"].map { try Self.choice($0, Self.procViews) } ?? base?.proc ?? "pids"
    network = try map["network"].map { try Self.choice($0, Self.networks) } ?? base?.network ?? "none"
    calls = base?.calls ?? []
    if base == nil { _ = try map.require("calls") }
    for each in try map["calls"]?.list() ?? [] {
      let name = try each.string()
      try Self.checkCalls(name, each)
      if !calls.contains(name) { calls.append(name) }
    }
    let own = try map["budget"].map(BudgetText.init(yaml:)) ?? BudgetText()
    budget = base.map { own.merged(over: $0.budget) } ?? own
  }

  private static func base(_ value: YAMLValue, file: String, depth: Int, read: (String) -> String?) throws -> PolicyText
  {
    let name = try value.string()
    guard depth < 8 else { throw value.error("policies extend one another more than 8 deep, or in a circle") }
    guard name.contains("/") || name.hasSuffix(".yaml") else {
      guard let text = BuiltInPolicies.text(named: name) else {
        let nearest = Nearest.name(to: name, among: BuiltInPolicies.names).map { "; did you mean '\($0)'?" } ?? ""
        throw value.error("no policy '\(name)' is built in\(nearest)")
      }
      return try PolicyText(yaml: text, file: "policies/\(name).yaml", depth: depth + 1, read: read)
    }
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    let path = name.hasPrefix("/") ? name : folder + name
    guard let text = read(path) else { throw value.error("the policy \(path) can't be opened") }
    return try PolicyText(yaml: text, file: path, depth: depth + 1, read: read)
  }

  private static func choice(_ value: YAMLValue, _ allowed: [String]) throws -> String {
    let text = try value.string()
    guard allowed.contains(text) else {
      let nearest = Nearest.name(to: text, among: allowed).map { "; did you mean '\($0)'?" } ?? ""
      throw value.error("expected one of \(allowed.joined(separator: ", ")); found '\(text)'\(nearest)")
    }
    return text
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
