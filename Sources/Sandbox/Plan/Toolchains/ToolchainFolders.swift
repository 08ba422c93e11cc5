internal import Glibc

/// Which folder of the host belongs to a program and may be shown with it.
enum ToolchainFolders {
  /// The prefix that a program is installed in: `/opt/x` for `/opt/x/bin/tool`. Nil where it has none that may be shown.
  ///
  /// - Parameters:
  ///   - isTrusted: whether the caller's own `PATH` or command led here. Then any folder that is laid out as an installation
  ///     will do; else only those that a version manager made.
  ///   - caller: says where the managers keep their own.
  static func prefix(of program: String, isTrusted: Bool, _ caller: Caller) -> String? {
    let folder = Executable.parent(of: program)
    let isInBin = folder.hasSuffix("/bin") || folder.hasSuffix("/sbin")
    let prefix = isInBin ? Executable.parent(of: folder) : folder
    if let root = managed(caller).first(where: { prefix == $0 || prefix.hasPrefix($0 + "/") }) {
      // A store's entries need one another.
      return root == "/nix/store" ? root : prefix
    }
    guard isTrusted, isInBin, !holdsMore(prefix, caller), isInstallation(prefix) else { return nil }
    return prefix
  }

  /// Where version managers and people install what belongs together, and nothing else.
  private static func managed(_ caller: Caller) -> [String] {
    var roots = ["/opt", "/nix/store"]
    func add(_ variable: String?, _ below: String, _ rest: String) {
      if let set = variable.flatMap({ caller[$0] }), set.hasPrefix("/"), set != "/" {
        roots.append(Executable.normal(set) + rest)
      }
      if let home = caller.home { roots.append("\(home)/\(below)\(rest)") }
    }
    add("PYENV_ROOT", ".pyenv", "/versions")
    add("RBENV_ROOT", ".rbenv", "/versions")
    add("NODENV_ROOT", ".nodenv", "/versions")
    add("GOENV_ROOT", ".goenv", "/versions")
    add("NVM_DIR", ".nvm", "/versions")
    add("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python", "")
    add("RUSTUP_HOME", ".rustup", "/toolchains")
    add("SDKMAN_DIR", ".sdkman", "/candidates")
    add("ASDF_DATA_DIR", ".asdf", "/installs")
    add("MISE_DATA_DIR", ".local/share/mise", "/installs")
    add("GHCUP_INSTALL_BASE_PREFIX", ".ghcup", "/ghc")
    add(nil, ".julia/juliaup", "")
    add(nil, ".local/share/swiftly/toolchains", "")
    for conda in ["miniconda3", "miniforge3", "mambaforge", "anaconda3"] { add(nil, conda, "") }
    return roots
  }

  /// Folders that have a `bin` and much else that is nobody's business: homes (keys), ~/.local (keyrings), ~/.cargo
  /// (credentials), and what lies right below the root.
  private static func holdsMore(_ prefix: String, _ caller: Caller) -> Bool {
    let parent = Executable.parent(of: prefix)
    if parent == "/" || parent == "/home" { return true }
    if prefix.hasSuffix("/.local") || prefix.hasSuffix("/.cargo") || prefix == caller["CARGO_HOME"] { return true }
    guard let home = caller.home else { return false }
    return home == prefix || home.hasPrefix(prefix + "/")
  }

  /// Laid out as an installation, and not somebody's work.
  private static func isInstallation(_ prefix: String) -> Bool {
    let beside = ["lib", "lib64", "libexec", "include", "share"].contains { Root.folderExists("\(prefix)/\($0)") }
    return beside && access("\(prefix)/.git", F_OK) != 0
  }
}
