internal import Glibc

/// What of the caller's own environment says where their programs are. None of it is seen inside.
package struct Caller: Sendable {
  private let value: @Sendable (String) -> String?

  package init(_ value: @escaping @Sendable (String) -> String?) { self.value = value }

  /// The environment of this process.
  package static let process = Caller { getenv($0).map { String(cString: $0) } }

  subscript(name: String) -> String? { value(name) }

  /// The folders of the caller's `PATH`; relative ones mean nothing inside.
  var path: [String] { (self["PATH"] ?? "").split(separator: ":").filter { $0.hasPrefix("/") }.map(String.init) }

  /// The caller's home, or nil where it is unset or the root itself.
  var home: String? {
    guard let home = self["HOME"].map(Executable.normal), home != "/" else { return nil }
    return home
  }

  /// Where rustup keeps its toolchains, where a program is one of its stand-ins: they all are the program `rustup`, and
  /// look below the home folder, which is another one inside.
  func rustupHome(_ program: String) -> String? {
    let folder = Executable.parent(of: program)
    guard folder.hasSuffix("/.cargo/bin") || self["CARGO_HOME"].map({ folder == $0 + "/bin" }) == true,
      Executable.isExecutable("\(folder)/rustup")
    else { return nil }
    let found = self["RUSTUP_HOME"] ?? Executable.parent(of: Executable.parent(of: folder)) + "/.rustup"
    return Root.folderExists(found) ? found : nil
  }
}
