internal import Glibc

/// What commonly keeps sandboxes from being made, and the command that clears it.
enum Obstacle {
  /// - Parameters:
  ///   - stage: Where the launch failed.
  ///   - number: The errno.
  static func remedy(stage: String, errno number: Int32) -> String? {
    switch stage {
    case "clone3", "uid_map", "identity":
      if setting("/proc/sys/user/max_user_namespaces") == 0 { return "sudo sysctl -w user.max_user_namespaces=15000" }
      if setting("/proc/sys/kernel/unprivileged_userns_clone") == 0 {
        return "sudo sysctl -w kernel.unprivileged_userns_clone=1"
      }
      return isInContainer ? container : appArmor
    case "mount private", "root", "mount", "pivot_root": return appArmor ?? (isInContainer ? container : nil)
    case "proc" where isInContainer || number == EPERM: return container
    default: return nil
    }
  }

  /// Docker and its kind: their own filter refuses namespaces, and a masked /proc forbids a new one.
  private static let container =
    "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
    + "--security-opt systempaths=unconfined ..."

  private static var isInContainer: Bool {
    access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0
      || (readText("/proc/1/environ") ?? "").contains("container=")
  }

  /// Ubuntu from 23.10: only programs with a profile that says `userns` may make useful user namespaces.
  private static var appArmor: String? {
    guard setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1 else { return nil }
    let program = Root.linkTarget("/proc/self/exe") ?? "/usr/local/bin/belljar"
    return "printf 'abi <abi/4.0>,\\nprofile belljar \(program) flags=(unconfined) { userns, }\\n' | "
      + "sudo tee /etc/apparmor.d/belljar && sudo apparmor_parser -r /etc/apparmor.d/belljar"
  }

  private static func setting(_ path: String) -> Int? {
    readText(path).flatMap { Int($0.prefix { !$0.isWhitespace }) }
  }
}
