internal import Digests
internal import Glibc
internal import Sandbox
internal import Workspace

/// Where Belljar keeps what belongs to one checkout: outside of it, keyed by its path.
///
///     $XDG_STATE_HOME/belljar/NAME-DIGEST/
///       objects/   contents by digest        trees/    whole trees, as folders
///       layers/    changes and build outputs scratch/  what lives for one run
///       outputs/   what the last runs of `belljar score` wrote, to be scored again
///       index      what the checkout's files were when they were last read
///       ledger.sqlite
///       spending/  what each loop's agents have spent, and have set aside
///       homes/     homes of agents whose context is continued
///       network.jsonl   each request that left a sandbox, or wanted to
///       calibration.json, history.jsonl
package struct StateFolder: Sendable {
  /// The folder's absolute path.
  package let path: String

  /// The folder of a checkout; made where it is missing, mode 0700.
  package init(checkout: String, environment: [String: String]) throws {
    path = try Self.path(checkout: checkout, environment: environment)
    for folder in ["", "/trees", "/layers", "/scratch"] { try Folders.make(path + folder, mode: 0o700) }
  }

  /// Where the folder of a checkout is, or would be.
  package static func path(checkout: String, environment: [String: String]) throws -> String {
    let name = checkout.split(separator: "/").last.map(String.init) ?? "root"
    let safe = String(
      name.unicodeScalars.map {
        $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil) ? Character($0) : "-"
      })
    return "\(try base(environment))/\(safe)-\(Digest(of: checkout.utf8).description.prefix(12))"
  }

  /// `$XDG_STATE_HOME/belljar`, or `~/.local/state/belljar`.
  package static func base(_ environment: [String: String]) throws -> String {
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/belljar" }
    if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/.local/state/belljar" }
    throw SandboxError("find", "a place for Belljar's state", "set HOME or XDG_STATE_HOME to an absolute path")
  }

  /// The folder above those of all checkouts; made where it is missing, mode 0700.
  package static func makeBase(_ environment: [String: String]) throws -> String {
    let path = try base(environment)
    try Folders.make(path, mode: 0o700)
    return path
  }

  package var ledger: String { "\(path)/ledger.sqlite" }
  package var index: String { "\(path)/index" }
  package var spending: String { "\(path)/spending" }
  package var networkLog: String { "\(path)/network.jsonl" }
  var homes: String { "\(path)/homes" }
  var trees: String { "\(path)/trees" }
  package var layers: String { "\(path)/layers" }
  /// What setup made begins with this there, and stands whole where a file of its name and this mark is.
  package static let setupPrefix = "setup-"
  package static let wholeMark = ".whole"
  var outputs: String { "\(path)/outputs" }
}

/// Folders on the host, made with their parents.
enum Folders {
  static func make(_ path: String, mode: mode_t) throws {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/\(part)"
      if mkdir(made, mode) != 0, errno != EEXIST {
        // An existing parent that we may not write in answers EACCES or EROFS before EEXIST on some file systems.
        var about = stat()
        guard stat(made, &about) == 0 else { throw SandboxError("make folder", made, errno: errno) }
      }
    }
  }

  /// Makes a folder that the sandbox's user owns.
  static func makeForSandbox(_ path: String) throws {
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
      throw SandboxError("make folder", path, errno: errno)
    }
    let identity = Identity.current
    if identity.privileged, chown(path, identity.user, identity.group) != 0 {
      throw SandboxError("give folder", path, errno: errno)
    }
  }

  static func exists(_ path: String) -> Bool {
    var about = stat()
    return lstat(path, &about) == 0
  }
}
