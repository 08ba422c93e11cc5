internal import ArgumentParser
internal import Digests
internal import Glibc
internal import Harness
internal import LoopControl
internal import Sandbox
internal import StrictYAML
internal import Workspace

/// `--harness`, and what follows from it: the file, its folder, the tree's root, the state folder.
struct HarnessOptions: ParsableArguments {
  @Option(
    name: [.customLong("harness")],
    help: ArgumentHelp("A belljar.yaml, or the folder that holds it.", valueName: "path"))
  var path = "."
}

/// A harness file that was found and read.
struct HarnessLocation {
  let file: HarnessFile
  /// The harness file's absolute path.
  let path: String
  let folder: String
  /// The tree's absolute root.
  let root: String

  /// Finds and reads the harness file; ends the process with 65 and the place of what is wrong.
  init(_ options: HarnessOptions) { self.init(path: options.path) }

  /// The folder and the name of the harness file that a path means, be it there or not.
  static func place(_ given: String) throws -> (folder: String, name: String) {
    var path = try HostPath.absolute(given)
    var about = stat()
    if stat(path, &about) == 0, about.st_mode & S_IFMT == S_IFDIR { path = Executable.normal(path + "/belljar.yaml") }
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let folder = String(path[..<slash])
    return (folder.isEmpty ? "/" : folder, String(path[slash...].dropFirst()))
  }

  /// The same from a path.
  init(path given: String) {
    do {
      let (folder, name) = try Self.place(given)
      let path = Executable.normal("\(folder)/\(name)")
      self.init(file: try HarnessFile.load(path: path), path: path)
    } catch let error as YAMLError {
      Exit.failure("\(error)", code: 65)
    } catch { Exit.failure("belljar: \(error)", code: 65) }
  }

  /// The root of the tree that recorded loops are about: a folder without a harness file is one itself, as for a loop that was
  /// started from the command line alone.
  static func root(_ options: HarnessOptions) -> String {
    if let path = try? HostPath.absolute(options.path) {
      var about = stat()
      let isFolder = stat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFDIR
      if isFolder, access("\(path)/belljar.yaml", F_OK) != 0 { return Executable.normal(path) }
    }
    return HarnessLocation(options).root
  }

  /// The harness file as a commit has it.
  init(_ options: HarnessOptions, at revision: String) throws {
    let (folder, name) = try Self.place(options.path)
    let reader = RevisionReader(folder: folder)
    guard let found = try reader.revision(revision), let bytes = try reader.contents(name, in: found) else {
      throw WorkspaceError("read", "\(folder)/\(name)", because: "there is none in a commit '\(revision)' here")
    }
    let path = "\(folder)/\(name)"
    self.init(file: try HarnessFile.parse(text: String(decoding: bytes, as: UTF8.self), file: path), path: path)
  }

  /// A harness file that was made from the command line.
  init(file: HarnessFile, path: String) {
    self.file = file
    self.path = path
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    self.folder = folder.isEmpty ? "/" : folder
    root = Executable.normal("\(self.folder)/\(file.tree.root)")
  }

  func state() throws -> StateFolder { try StateFolder(checkout: root, environment: Self.environment) }

  /// A bench for the tree as it is, or as it was when it was recorded.
  ///
  /// - Parameter harness: What stands in place of the file's own.
  func bench(
    _ state: StateFolder? = nil, harness: HarnessFile? = nil,
    _ cancellation: Cancellation = Interrupts.cancellation(), base: Tree? = nil
  ) throws -> Workbench {
    try Workbench(
      harness: harness ?? file, folder: folder, root: root, state: state ?? self.state(), cancellation: cancellation,
      base: base, servers: networkServers)
  }

  static var environment: [String: String] {
    var values: [String: String] = [:]
    for name in ["HOME", "XDG_STATE_HOME"] {
      if let value = getenv(name) { values[name] = String(cString: value) }
    }
    return values
  }

  /// Ends the process where the harness asks for more than a stranger's file may have, and nobody said yes.
  ///
  /// - Parameter revision: The commit whose file it is; nil for the one that lies there.
  func requireTrust(of revision: String? = nil) {
    if file.file == QuickHarness.file { return }
    let demands = Trust.demands(of: file)
    guard !demands.isEmpty else { return }
    do {
      let store = TrustStore(folder: try StateFolder.base(Self.environment))
      if try store.isTrusted(trustDigest(), path: path) { return }
    } catch { Exit.failure("belljar: \(error)", code: 65) }
    Exit.note("\(path) asks for more than Belljar gives to a file from a repository:")
    for demand in demands { Exit.note("  - \(demand)") }
    let option = revision.map { " --revision \($0)" } ?? ""
    Exit.failure("read it, then say so once: belljar trust --harness \(path)\(option)", code: 65)
  }

  /// What `belljar trust` keeps: the file, and the policies that it names.
  func trustDigest() throws -> Digest {
    let policies = try Trust.policyFiles(of: file).map { name -> [UInt8] in
      let path = name.hasPrefix("/") ? name : "\(folder)/\(name)"
      guard let bytes = readFile(path, most: .max) else {
        throw SandboxError("read policy", path, "the file can't be opened")
      }
      return bytes
    }
    return Trust.digest(of: file, policies: policies)
  }
}
