internal import Glibc

/// What of the host belongs to a program that lies outside the policy's folders: its installation, and never a home.
///
/// A path can come from a tree that is not trusted (`./run -> /home/me/bin/tool`), so what is found here must be harmless
/// whatever the path is: a home folder holds keys beside the programs.
enum Installation {
  /// Managers of toolchains that keep everything below one hidden folder of the home, and no secrets there.
  private static let managers: Set<String> = [
    ".asdf", ".bun", ".deno", ".ghcup", ".goenv", ".juliaup", ".nodenv", ".nvm", ".pyenv", ".rbenv", ".rustup",
    ".sdkman",
    ".swiftly", ".volta",
  ]
  /// What only a home has.
  private static let marks = [".ssh", ".gnupg", ".aws", ".netrc", ".config", ".bashrc", ".bash_history", ".profile"]
  /// The parts of a prefix that programs read; `share` and `etc` of one that is a person's may hold more than programs.
  private static let parts = ["bin", "sbin", "lib", "lib64", "libexec", "include"]

  /// The folders to show for a program: `/opt/x` for `/opt/x/bin/tool`, all of `~/.pyenv` for what is below it, for
  /// `~/bin/tool` that folder alone.
  static func folders(of path: String) -> [String] {
    if let root = managed(path) { return [root] }
    var folder = parent(of: path)
    let isBin = folder.hasSuffix("/bin") || folder.hasSuffix("/sbin")
    if !isBin { return isPersonal(folder) || isTop(folder) ? [] : [folder] }
    let own = folder
    folder = parent(of: folder)
    if isTop(folder) || isPersonal(folder) { return [own] }
    if isHidden(folder), isPersonal(parent(of: folder)) {
      return parts.map { "\(folder)/\($0)" }.filter(Root.folderExists)
    }
    return [folder]
  }

  /// The manager's folder that a path lies below.
  private static func managed(_ path: String) -> String? {
    let components = path.split(separator: "/")
    for (index, name) in components.enumerated().dropLast() where managers.contains(String(name)) {
      let above = "/" + components[..<index].joined(separator: "/")
      if isPersonal(above) { return (above == "/" ? "" : above) + "/\(name)" }
    }
    return nil
  }

  private static func isPersonal(_ folder: String) -> Bool {
    let home = getenv("HOME").map { Executable.normal(String(cString: $0)) } ?? "/root"
    if folder == "/" || folder == "/root" || home == folder || home.hasPrefix(folder + "/") { return true }
    if parent(of: folder) == "/home" { return true }
    return marks.contains { access("\(folder)/\($0)", F_OK) == 0 }
  }

  private static func isTop(_ folder: String) -> Bool {
    folder.utf8.count { $0 == UInt8(ascii: "/") } < 2 && folder != "/opt"
  }

  private static func isHidden(_ folder: String) -> Bool { folder.split(separator: "/").last?.hasPrefix(".") == true }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }
}
