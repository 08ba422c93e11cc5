/// The built-in policies' YAML texts, as embedded into the binary at build time.
package enum BuiltInPolicies {
  /// A built-in policy's text by its name, or nil where there is none of that name.
  package static func text(named name: String) -> String? {
    let bytes: [UInt8]
    switch name {
    case "strict": bytes = PackageResources.strict_yaml
    case "build": bytes = PackageResources.build_yaml
    case "agent": bytes = PackageResources.agent_yaml
    case "test": bytes = PackageResources.test_yaml
    default: return nil
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The names of the built-in policies, narrowest first.
  package static let names = ["strict", "test", "build", "agent"]

  /// The named groups of system calls, as YAML: group name to a list of calls.
  package static var groups: String {
    String(decoding: PackageResources.groups_yaml, as: UTF8.self)
  }
}
