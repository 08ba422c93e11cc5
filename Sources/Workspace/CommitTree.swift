/// Takes the files of a commit into the store, straight from git's objects: no checkout, no filter, no hook.
package enum CommitTree {
  /// Blobs are asked for in batches of about so many bytes, which is what is held in memory at a time.
  private static let batchBytes = 32 << 20

  /// The files of a commit below a folder of the repository, and what was left out.
  ///
  /// - Parameters:
  ///   - root: A folder of the work tree; the paths are relative to it.
  ///   - only: Patterns of what is taken.
  ///   - owner: As for ``Snapshot``.
  /// - Throws: ``WorkspaceError``, also where the clone lacks a file's content.
  package static func read(
    _ revision: Revision, root: String, only: [String], store: ObjectStore, owner: Owner?
  ) throws(WorkspaceError) -> (tree: Tree, notes: [String]) {
    let filter = try PatternList(only)
    let modified = revision.time.multipliedReportingOverflow(by: 1_000_000_000)
    var reading = Reading(
      root: root, store: store, owner: owner, modified: modified.overflow ? 0 : modified.partialValue)
    let listed = try GitCommand.run(["ls-tree", "-r", "-z", "--long", revision.commit], in: root)
    for line in listed.split(separator: 0) { try reading.add(line, filter) }
    try reading.readBatch()
    return (Tree(reading.items), reading.notes)
  }

  private struct Wanted {
    let path: TreePath
    let object: ArraySlice<UInt8>
    let mode: ArraySlice<UInt8>
  }

  private struct Reading {
    let root: String
    let store: ObjectStore
    let owner: Owner?
    let modified: Int64
    var items: [Tree.Item] = []
    var notes: [String] = []
    private var batch: [Wanted] = []
    private var bytes = 0

    init(root: String, store: ObjectStore, owner: Owner?, modified: Int64) {
      self.root = root
      self.store = store
      self.owner = owner
      self.modified = modified
    }

    /// `100644 blob OBJECT    SIZE<TAB>PATH`
    mutating func add(_ line: ArraySlice<UInt8>, _ filter: PatternList) throws(WorkspaceError) {
      guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { return }
      let fields = line[..<tab].split(separator: UInt8(ascii: " "))
      let name = Array(line[(tab + 1)...])
      guard fields.count == 4 else { return }
      guard let path = TreePath(bytes: name) else {
        notes.append("\(EscapedBytes.text(Array(name.prefix(200)))): a name that can't be carried is left out")
        return
      }
      guard !Exclusion.excludes(path), filter.contains(path) else { return }
      guard fields[1].elementsEqual("blob".utf8) else {
        notes.append("\(path): a repository inside the repository (a submodule) is left out")
        return
      }
      batch.append(Wanted(path: path, object: fields[2], mode: fields[0]))
      bytes += Int(String(decoding: fields[3], as: UTF8.self)) ?? 0
      if bytes >= CommitTree.batchBytes { try readBatch() }
    }

    mutating func readBatch() throws(WorkspaceError) {
      guard !batch.isEmpty else { return }
      let input = batch.flatMap { $0.object + [UInt8(ascii: "\n")] }
      let output = try GitCommand.run(["cat-file", "--batch"], in: root, stdin: input)
      var rest = output[...]
      for wanted in batch { try take(wanted, &rest) }
      batch = []
      bytes = 0
    }

    /// `OBJECT blob SIZE<LF>CONTENT<LF>`, or `OBJECT missing<LF>`.
    private mutating func take(_ wanted: Wanted, _ rest: inout ArraySlice<UInt8>) throws(WorkspaceError) {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { throw missing(wanted) }
      let fields = rest[..<end].split(separator: UInt8(ascii: " "))
      guard fields.count == 3, fields[0] == wanted.object, let size = Int(String(decoding: fields[2], as: UTF8.self)),
        size >= 0, rest.distance(from: end, to: rest.endIndex) > size + 1
      else { throw missing(wanted) }
      let content = Array(rest[(end + 1)..<(end + 1 + size)])
      rest = rest[(end + size + 2)...]
      guard !wanted.mode.elementsEqual("120000".utf8) else {
        items.append(Tree.Item(wanted.path, Entry(.symlink(content), modified: modified)))
        return
      }
      if content.starts(with: "version https://git-lfs.github.com/spec/v1\n".utf8) {
        notes.append("\(wanted.path): git LFS keeps it elsewhere, so only its pointer is there")
      }
      let executable = wanted.mode.elementsEqual("100755".utf8)
      let stamp = LayerStamp(executable: executable, modified: modified, owner: owner)
      let digest = try store.put(content, durable: false, stamp: stamp)
      items.append(
        Tree.Item(wanted.path, Entry(.file(digest, executable: executable, size: size), modified: modified)))
    }

    private func missing(_ wanted: Wanted) -> WorkspaceError {
      WorkspaceError(
        "read from git", wanted.path.description, because: "the clone has no content for it",
        advice: "it is a partial clone; fetch without --filter")
    }
  }
}
