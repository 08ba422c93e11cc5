internal import Glibc

extension GitCommand {
  /// Whether a folder lies inside a git work tree. False also where git is not installed.
  package static func isWorkTree(_ folder: String) throws(WorkspaceError) -> Bool {
    do throws(WorkspaceError) {
      let output = try output(["rev-parse", "--is-inside-work-tree"], in: folder)
      let said = String(decoding: output.stderr, as: UTF8.self)
      if output.status != 0, !said.contains("not a git repository") {
        throw WorkspaceError(
          "ask git about", folder, because: said.split(separator: "\n").joined(separator: " "),
          advice: "see what `git status` says there")
      }
      return output.stdout.starts(with: "true".utf8)
    } catch {
      if error.errorNumber == ENOENT, error.attempted == "run" { return false }
      throw error
    }
  }

  /// How often git is asked about the same paths: each time starts a process, and paths come from an agent.
  private static let mostQuestions = 64

  /// Those of some paths that the repository's .gitignore files leave out; none where there is no repository.
  ///
  /// Paths below a link or a submodule of the checkout count as not left out.
  package static func ignored(_ paths: [TreePath], root: String) throws(WorkspaceError) -> Set<TreePath> {
    guard !paths.isEmpty, try isWorkTree(root) else { return [] }
    var links = CheckoutLinks(root: root)
    var ignored: Set<TreePath> = []
    // git refuses a batch for one path below a link.
    var batches = [paths.filter { !links.isBelowOne($0) }[...]]
    var questions = 0
    while let batch = batches.popLast(), !batch.isEmpty, questions < mostQuestions {
      questions += 1
      // `./` keeps git from reading `:(magic)` at the start of a name.
      var input: [UInt8] = []
      for path in batch { input += Array("./".utf8) + path.bytes + [0] }
      let output = try output(["check-ignore", "-z", "--stdin"], in: root, stdin: input)
      if output.status == 0 {
        ignored.formUnion(output.stdout.split(separator: 0).compactMap { TreePath(bytes: Array($0.dropFirst(2))) })
      } else if output.status != 1, questions == 1 {
        // Or for one below a submodule, also where only the index has it.
        let known = try submodules(root)
        batches = [batch.filter { path in !path.ancestors.contains { known.contains($0) } }[...]]
      } else if output.status != 1, batch.count > 1 {
        // Whatever else spoils it is found by halves.
        let middle = batch.startIndex + batch.count / 2
        batches += [batch[..<middle], batch[middle...]]
      }
    }
    return ignored
  }

  /// The submodules below a folder that the index names.
  private static func submodules(_ root: String) throws(WorkspaceError) -> Set<TreePath> {
    let listed = try output(["ls-files", "-z", "--stage"], in: root)
    guard listed.status == 0 else { return [] }
    var found: Set<TreePath> = []
    for line in listed.stdout.split(separator: 0) where line.starts(with: "160000 ".utf8) {
      guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { continue }
      if let path = TreePath(bytes: Array(line[(tab + 1)...])) { found.insert(path) }
    }
    return found
  }
}

/// Where a checkout has links to folders; each folder is looked at once.
private struct CheckoutLinks {
  private let root: [UInt8]
  /// Folders, with whether they are links or lie below one.
  private var folders: [TreePath: Bool] = [:]

  init(root: String) { self.root = Array(root.utf8) }

  mutating func isBelowOne(_ path: TreePath) -> Bool {
    var unknown: [TreePath] = []
    var isLinked = false
    for folder in path.ancestors {
      if let known = folders[folder] {
        isLinked = known
        break
      }
      unknown.append(folder)
    }
    for folder in unknown.reversed() {
      isLinked = isLinked || isLink(folder)
      folders[folder] = isLinked
    }
    return isLinked
  }

  private func isLink(_ folder: TreePath) -> Bool {
    var status = stat()
    let answer = FileSystemCalls.withBytes(root + [UInt8(ascii: "/")] + folder.bytes) { lstat($0, &status) }
    return answer == 0 && status.st_mode & S_IFMT == S_IFLNK
  }
}
