package import Digests

/// The files of a project at one moment, by content; a value that costs nothing to keep.
package struct Tree: Hashable, Sendable {
  /// A path and what lies there.
  package struct Item: Hashable, Sendable {
    package let path: TreePath
    package let entry: Entry

    package init(_ path: TreePath, _ entry: Entry) {
      self.path = path
      self.entry = entry
    }
  }

  let root: TreeFolder

  init(root: TreeFolder) { self.root = root }

  /// A tree of some items; where a path comes twice, the last one counts.
  package init(_ items: some Sequence<Item> = []) {
    // Swift's sort is stable, so the last of equals stays last.
    let sorted = items.sorted { $0.path < $1.path }
    var kept: [TreeFolder.PathChange] = []
    kept.reserveCapacity(sorted.count)
    for item in sorted {
      if kept.last?.path == item.path { kept.removeLast() }
      kept.append((item.path, .write(item.entry)))
    }
    root = TreeFolder.empty.applying(kept[...])
  }

  /// All files and links in the order of their paths' bytes, each path once. Made anew by every call: it costs as much as the
  /// tree is large.
  package var items: [Item] {
    var items: [Item] = []
    root.walk([]) { items.append($0) }
    return items
  }

  /// What lies at a path.
  package subscript(path: TreePath) -> Entry? {
    let parts = path.parts
    guard let name = parts.last, let folder = root.folder(parts.dropLast()) else { return nil }
    guard case .entry(let entry)? = folder.child(name, isFolder: false) else { return nil }
    return entry
  }

  /// The files and links below a folder, in order.
  package func items(below folder: TreePath) -> [Item] {
    var items: [Item] = []
    root.folder(folder.parts)?.walk(folder.bytes + [UInt8(ascii: "/")]) { items.append($0) }
    return items
  }

  /// Whether a path is a folder here, which means that something lies below it.
  package func isFolder(_ path: TreePath) -> Bool { root.folder(path.parts) != nil }

  /// This tree with some changes made.
  package func applying(_ changes: Changes) -> Tree {
    changes.isEmpty ? self : Tree(root: root.applying(changes.sorted[...]))
  }

  /// The changes that make the other tree of this one. A file that differs in its time alone has not changed.
  package func changes(to other: Tree) -> Changes {
    var changes: [TreePath: Change] = [:]
    root.changes(to: other.root, [], into: &changes)
    return Changes(changes)
  }

  /// The digest of all of it, times too: equal for equal trees only. Made from the folders' digests, so that after a change only
  /// the folders on the way to it are hashed again.
  package var digest: Digest { root.digest }

  /// The digest without the times: equal wherever the contents are.
  package var contentDigest: Digest { Tree(items.map { Item($0.path, $0.entry.modified(at: 0)) }).digest }

  package static func == (left: Tree, right: Tree) -> Bool { left.root.isSame(as: right.root) }

  package func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
