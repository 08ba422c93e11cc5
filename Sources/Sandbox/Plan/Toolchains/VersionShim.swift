internal import Glibc

/// A stand-in of pyenv and its sisters: a script `ROOT/shims/NAME` that finds `ROOT/versions/VERSION/bin/NAME` at each start.
///
/// It is looked through before the launch: inside, the script would need all of ROOT, and it takes longer than most of
/// what is timed.
struct VersionShim {
  private let root: String
  private let name: String
  private let manager: Manager

  private struct Manager {
    let variable: String
    let file: String
  }
  private static let managers = [
    "pyenv": Manager(variable: "PYENV_VERSION", file: ".python-version"),
    "rbenv": Manager(variable: "RBENV_VERSION", file: ".ruby-version"),
    "nodenv": Manager(variable: "NODENV_VERSION", file: ".node-version"),
    "goenv": Manager(variable: "GOENV_VERSION", file: ".go-version"),
  ]

  /// Nil where the path is not that of a stand-in.
  init?(_ path: String) {
    let parts = path.split(separator: "/")
    guard parts.count > 2, parts[parts.count - 2] == "shims" else { return nil }
    root = "/" + parts.dropLast(2).joined(separator: "/")
    name = String(parts[parts.count - 1])
    let tool = parts[parts.count - 3]
    guard let manager = Self.managers[String(tool.first == "." ? tool.dropFirst() : tool)] else { return nil }
    self.manager = manager
  }

  /// What a stand-in leads to.
  enum Choice {
    case program(String)
    /// `system`: whatever comes later in PATH.
    case later
    /// These versions were chosen, and none has the program.
    case none(of: [String])
  }

  /// The first program of the chosen versions: by the variable, the folder's file or one above it, the global file.
  func choice(in jar: Jar, _ caller: Caller) -> Choice {
    let versions = chosen(in: jar, caller)
    for version in versions {
      if version == "system" { return .later }
      // The file may be a candidate's: it names a version, not a way out of the folder.
      guard !version.isEmpty, !version.hasPrefix("/"), !version.split(separator: "/").contains("..") else { continue }
      for found in [version] + latest(of: version) {
        let path = "\(root)/versions/\(found)/bin/\(name)"
        if Executable.isExecutable(path) { return .program(path) }
      }
    }
    return versions.isEmpty ? .later : .none(of: versions)
  }

  private func chosen(in jar: Jar, _ caller: Caller) -> [String] {
    if let set = jar.environment[manager.variable] ?? caller[manager.variable], !set.isEmpty { return versions(set) }
    var folder = jar.directory
    while true {
      if let text = SmallFile.text(jar.hostPath("\(folder)/\(manager.file)")) { return versions(text) }
      if folder == "/" || folder.isEmpty { break }
      folder = Executable.parent(of: folder)
    }
    return versions(SmallFile.text("\(root)/version") ?? "")
  }

  private func versions(_ text: String) -> [String] {
    text.split { $0 == ":" || $0.isWhitespace }.map(String.init)
  }

  /// The versions that a shorter one stands for, the newest first: 3.12.10 before 3.12.9 for 3.12.
  private func latest(of version: String) -> [String] {
    var found: [(numbers: [Int], name: String)] = []
    for name in folderNames("\(root)/versions") ?? [] where name.hasPrefix(version + ".") {
      let numbers = name.split(separator: ".").map { Int($0) }
      if !numbers.contains(nil) { found.append((numbers.compactMap { $0 }, name)) }
    }
    return found.sorted { $1.numbers.lexicographicallyPrecedes($0.numbers) }.map(\.name)
  }
}
