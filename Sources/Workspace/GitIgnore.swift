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

  /// Those of some paths that the repository's .gitignore files leave out; none where there is no repository.
  package static func ignored(_ paths: [TreePath], root: String) throws(WorkspaceError) -> Set<TreePath> {
    guard !paths.isEmpty, try isWorkTree(root) else { return [] }
    var ignored: Set<TreePath> = []
    var batches = [paths[...]]
    while let batch = batches.popLast() {
      // `./` keeps git from reading `:(magic)` at the start of a name.
      var input: [UInt8] = []
      for path in batch { input += Array("./".utf8) + path.bytes + [0] }
      let output = try output(["check-ignore", "-z", "--stdin"], in: root, stdin: input)
      if output.status == 0 {
        ignored.formUnion(output.stdout.split(separator: 0).compactMap { TreePath(bytes: Array($0.dropFirst(2))) })
      } else if output.status != 1, batch.count > 1 {
        // One path below a submodule or a link of the checkout spoils the batch: found by halves, it is not ignored.
        let middle = batch.startIndex + batch.count / 2
        batches += [batch[..<middle], batch[middle...]]
      }
    }
    return ignored
  }
}
