/// The difference of two trees as a git patch, which `git apply` takes.
package enum UnifiedPatch {
  /// Makes the patch, with `a/` and `b/` before the paths, binary files included, no renames, names quoted as git does.
  ///
  /// The changed files go through `git fast-import` into a bare repository that is thrown away: unlike a work tree or
  /// `--no-index` it obeys no attribute file of a tree, and carries names of any bytes.
  ///
  /// - Parameter stateFolder: Where the throw-away repository is made.
  /// - Returns: The patch's bytes; none where the contents are equal.
  package static func between(
    _ old: Tree, _ new: Tree, store: ObjectStore, stateFolder: String
  ) throws(WorkspaceError) -> [UInt8] {
    let changes = old.changes(to: new)
    if changes.isEmpty { return [] }
    let scratch = try ScratchFolder(stateFolder: stateFolder)
    _ = try GitCommand.run(["init", "--quiet", "--bare", "--template=", "."], in: scratch.path)
    var input = commit("old")
    for (path, _) in changes.sorted {
      if let entry = old[path] { try append(path, entry, store, to: &input) }
    }
    input += commit("new")
    for (path, change) in changes.sorted {
      if case .write(let entry) = change { try append(path, entry, store, to: &input) }
    }
    _ = try GitCommand.run(["fast-import", "--quiet"], in: scratch.path, stdin: input)
    let patch = try GitCommand.run(
      [
        "-c", "core.quotePath=true", "diff", "--binary", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames",
        "--src-prefix=a/", "--dst-prefix=b/", "refs/belljar/old", "refs/belljar/new", "--",
      ], in: scratch.path)
    try scratch.remove()
    return patch
  }

  private static func commit(_ name: String) -> [UInt8] {
    Array("commit refs/belljar/\(name)\ncommitter Belljar <belljar@localhost> 0 +0000\ndata 0\n".utf8)
  }

  private static func append(
    _ path: TreePath, _ entry: Entry, _ store: ObjectStore, to input: inout [UInt8]
  ) throws(WorkspaceError) {
    let mode: String
    let content: [UInt8]
    switch entry.kind {
    case .file(let digest, let executable, _):
      mode = executable ? "100755" : "100644"
      content = try store.read(digest)
    case .symlink(let target):
      mode = "120000"
      content = target
    }
    input += "M \(mode) inline ".utf8
    input += quoted(path.bytes)
    input += "\ndata \(content.count)\n".utf8
    input += content
    input.append(UInt8(ascii: "\n"))
  }

  /// The C-style quoting of fast-import: octal for all but plain ASCII.
  private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
    var text = [UInt8(ascii: "\"")]
    for byte in bytes {
      if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "\"") {
        text.append(byte)
      } else {
        text += [UInt8(ascii: "\\"), 0x30 + (byte >> 6), 0x30 + (byte >> 3 & 7), 0x30 + (byte & 7)]
      }
    }
    return text + [UInt8(ascii: "\"")]
  }
}
