extension TreeFolder {
  typealias PathChange = (path: TreePath, change: Change)

  /// This folder with some changes made, sharing the folders that have none.
  ///
  /// - Parameters:
  ///   - changes: Those at or below this folder, in order.
  ///   - offset: Where in their paths the names in this folder begin.
  func applying(_ changes: ArraySlice<PathChange>, at offset: Int = 0) -> TreeFolder {
    var result: [Member] = []
    result.reserveCapacity(members.count + changes.count)
    var old = members[...]
    var rest = changes
    while let first = rest.first {
      let key = Self.key(first.path, offset)
      while let member = old.first, member.key < key { result.append(old.removeFirst()) }
      let before = old.first.flatMap { $0.key == key ? $0 : nil }
      if before != nil { old.removeFirst() }
      if key.isFolder {
        let end = rest.firstIndex { Self.key($0.path, offset) != key } ?? rest.endIndex
        var folder = Self.empty
        if case .folder(let known)? = before?.child { folder = known }
        folder = folder.applying(rest[..<end], at: offset + key.name.count + 1)
        if !folder.members.isEmpty { result.append(Member(name: Array(key.name), child: .folder(folder))) }
        rest = rest[end...]
      } else {
        if case .write(let entry) = first.change { result.append(Member(name: Array(key.name), child: .entry(entry))) }
        rest = rest.dropFirst()
      }
    }
    return TreeFolder(result + old)
  }

  private static func key(_ path: TreePath, _ offset: Int) -> Key {
    let name = path.bytes[offset...]
    guard let slash = name.firstIndex(of: UInt8(ascii: "/")) else { return Key(name, isFolder: false) }
    return Key(name[..<slash], isFolder: true)
  }

  /// Collects what makes the other folder of this one. `prefix` is their path with its slash.
  func changes(to other: TreeFolder, _ prefix: [UInt8], into changes: inout [TreePath: Change]) {
    if isSame(as: other) { return }
    var ours = members[...]
    for theirs in other.members {
      let key = theirs.key
      while let first = ours.first, first.key < key { Self.remove(ours.removeFirst(), prefix, &changes) }
      let before = ours.first.flatMap { $0.key == key ? $0 : nil }
      if before != nil { ours.removeFirst() }
      switch (before?.child, theirs.child) {
      case (.entry(let old)?, .entry(let new)) where old.kind == new.kind: continue
      case (_, .entry(let new)): changes[TreePath(unchecked: prefix + theirs.name)] = .write(new)
      case (let old, .folder(let new)):
        var folder = Self.empty
        if case .folder(let known)? = old { folder = known }
        folder.changes(to: new, prefix + theirs.name + [UInt8(ascii: "/")], into: &changes)
      }
    }
    for gone in ours { Self.remove(gone, prefix, &changes) }
  }

  private static func remove(_ member: Member, _ prefix: [UInt8], _ changes: inout [TreePath: Change]) {
    TreeFolder([member]).walk(prefix) { changes[$0.path] = .remove }
  }
}
