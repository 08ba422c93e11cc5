/// `PATH` inside: the caller's own order, of what is there inside.
enum CallerPath {
  /// What every sandbox has.
  static let standard = ["/usr/local/bin", "/usr/bin", "/bin"]

  /// The folders of resolved toolchains, then the caller's folders that the policy shows (/opt under `build`), so that a
  /// program started by a program is found too. Never a mount's: a candidate could put a `cat` there for our own steps.
  static func inside(toolchains: [String], policy: Policy, caller: Caller) -> String {
    let shown = policy.show.filter { $0 != "/usr" }
    var folders: [String] = []
    for folder in toolchains where !folders.contains(folder) { folders.append(folder) }
    if !shown.isEmpty {
      for folder in caller.path {
        let isShown = standard.contains(folder) || shown.contains { folder.hasPrefix($0 + "/") }
        if isShown, !folders.contains(folder) { folders.append(folder) }
      }
    }
    for folder in standard where !folders.contains(folder) { folders.append(folder) }
    var path = ""
    for folder in folders { path += path.isEmpty ? folder : ":" + folder }
    return path
  }
}
