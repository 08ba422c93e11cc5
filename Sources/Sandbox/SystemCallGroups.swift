internal import Policies
internal import StrictYAML

/// The named groups of system calls in `policies/groups.yaml`.
enum SystemCallGroups {
  /// Group name to the names of its calls.
  static func all() throws -> [String: [String]] {
    var groups: [String: [String]] = [:]
    let map = try YAMLValue(parsing: BuiltInPolicies.groups, file: "policies/groups.yaml").mapping()
    for (key, value) in map.entries { groups[try key.string()] = try value.strings() }
    return groups
  }
}
