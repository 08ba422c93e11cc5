internal import CSeccomp
internal import Glibc
internal import Policies
internal import StrictYAML

/// The named groups of system calls in `policies/groups.yaml`.
package enum SystemCallGroups {
  /// The names alone, read off the text's unindented keys: a policy is read at every start, the YAML of the groups only
  /// when a filter has to be compiled.
  package static let names: [String] = BuiltInPolicies.groups.split(separator: "\n").compactMap { line in
    guard let first = line.first, first != " ", first != "#", let colon = line.firstIndex(of: ":") else { return nil }
    return String(line[..<colon])
  }

  /// The name of a call of this machine's architecture.
  package static func name(of number: Int32) -> String {
    guard let name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), number) else { return "call \(number)" }
    defer { free(name) }
    return String(cString: name)
  }

  /// Group name to the names of its calls.
  package static func all() throws -> [String: [String]] { try read.get() }

  /// Read once, and only where a filter has to be compiled or explained.
  private static let read = Result<[String: [String]], any Error> {
    var groups: [String: [String]] = [:]
    let map = try YAMLValue(parsing: BuiltInPolicies.groups, file: "policies/groups.yaml").mapping()
    for (key, value) in map.entries { groups[try key.string()] = try value.strings() }
    return groups
  }
}
