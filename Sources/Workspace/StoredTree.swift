package import Digests

extension TreeFolder {
  private static let kind = "belljar-folder"

  /// The stored form (see ``TreeFormat``), the same bytes for equal folders.
  var stored: [UInt8] {
    var text = Array("\(Self.kind) 1\n".utf8)
    text.reserveCapacity(members.count * 112)
    for member in members {
      switch member.child {
      case .entry(let entry): TreeFormat.append(.entry(entry), member.name, to: &text)
      case .folder(let folder): TreeFormat.append(.folder(folder.digest), member.name, to: &text)
      }
    }
    return text
  }

  /// Keeps this folder and those below it; the lower ones first, so that what is there is there with all below it.
  func put(in store: ObjectStore) throws(WorkspaceError) {
    for member in members {
      if case .folder(let folder) = member.child { try folder.put(in: store) }
    }
    note(try store.put(stored))
  }

  /// Reads a folder and those below it.
  ///
  /// - Parameter length: How many bytes its path has, so that no stored form leads to paths that can't be.
  static func read(_ digest: Digest, _ store: ObjectStore, length: Int = 0) throws(WorkspaceError) -> TreeFolder {
    var members: [Member] = []
    for (index, read) in try TreeFormat.read(try store.read(digest), kind: kind).enumerated() {
      let isName = TreePath(bytes: read.name) != nil && !read.name.contains(UInt8(ascii: "/"))
      guard isName, length + read.name.count < TreePath.lengthLimit else { throw TreeFormat.wrongLine(index, kind) }
      let child: Child
      switch read.line {
      case .entry(let entry): child = .entry(entry)
      case .folder(let digest): child = .folder(try Self.read(digest, store, length: length + read.name.count + 1))
      case .removal: throw TreeFormat.wrongLine(index, kind)
      }
      let member = Member(name: read.name, child: child)
      if let last = members.last, !(last.key < member.key) { throw TreeFormat.wrongLine(index, kind) }
      members.append(member)
    }
    return TreeFolder(members, digest: digest)
  }
}

extension Tree {
  /// Keeps the tree: one object a folder, named by its digest, so that trees share those that they have in common.
  ///
  /// - Returns: The tree's digest, to read it again by.
  @discardableResult
  package func put(in store: ObjectStore) throws(WorkspaceError) -> Digest {
    try root.put(in: store)
    return root.digest
  }

  /// Reads a tree that was kept.
  ///
  /// - Throws: ``WorkspaceError`` where a folder of it is missing or not of the form.
  package init(_ digest: Digest, in store: ObjectStore) throws(WorkspaceError) {
    root = try TreeFolder.read(digest, store)
  }
}

extension Changes {
  private static let kind = "belljar-changes"

  /// The stored form (see ``TreeFormat``), the same bytes for equal changes.
  package func serialized() -> [UInt8] {
    var text = Array("\(Self.kind) 1\n".utf8)
    for (path, change) in sorted {
      switch change {
      case .write(let entry): TreeFormat.append(.entry(entry), path.bytes, to: &text)
      case .remove: TreeFormat.append(.removal, path.bytes, to: &text)
      }
    }
    return text
  }

  /// Reads the stored form.
  ///
  /// - Throws: ``WorkspaceError`` naming the first line that is not of the form.
  package init(serialized bytes: [UInt8]) throws(WorkspaceError) {
    self.init()
    var last: TreePath?
    for (index, read) in try TreeFormat.read(bytes, kind: Self.kind).enumerated() {
      guard let path = TreePath(bytes: read.name), last.map({ $0 < path }) ?? true else {
        throw TreeFormat.wrongLine(index, Self.kind)
      }
      switch read.line {
      case .entry(let entry): byPath[path] = .write(entry)
      case .removal: byPath[path] = .remove
      case .folder: throw TreeFormat.wrongLine(index, Self.kind)
      }
      last = path
    }
  }
}
