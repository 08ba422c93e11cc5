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

  /// The files and links in the order of their paths' bytes, each path once.
  package let items: [Item]

  /// A tree of some items; where a path comes twice, the last one counts.
  package init(_ items: some Sequence<Item> = []) {
    var kept: [Item] = []
    // Swift's sort is stable, so the last of equals stays last.
    for item in items.sorted(by: { $0.path < $1.path }) {
      if kept.last?.path == item.path { kept.removeLast() }
      kept.append(item)
    }
    self.items = kept
  }

  private init(sorted items: [Item]) { self.items = items }

  /// What lies at a path.
  package subscript(path: TreePath) -> Entry? {
    let place = firstIndex(notBefore: path.bytes)
    return place < items.count && items[place].path == path ? items[place].entry : nil
  }

  /// The files and links below a folder, in order.
  package func items(below folder: TreePath) -> ArraySlice<Item> {
    let first = firstIndex(notBefore: folder.bytes + [UInt8(ascii: "/")])
    let end = firstIndex(notBefore: folder.bytes + [UInt8(ascii: "/") + 1])
    return items[first..<end]
  }

  /// Whether a path is a folder here, which means that something lies below it.
  package func isFolder(_ path: TreePath) -> Bool { !items(below: path).isEmpty }

  private func firstIndex(notBefore bytes: [UInt8]) -> Int {
    var low = 0
    var high = items.count
    while low < high {
      let middle = (low + high) / 2
      if items[middle].path.bytes.lexicographicallyPrecedes(bytes) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// This tree with some changes made.
  package func applying(_ changes: Changes) -> Tree {
    var result: [Item] = []
    result.reserveCapacity(items.count + changes.byPath.count)
    var rest = items[...]
    for (path, change) in changes.sorted {
      while let first = rest.first, first.path < path { result.append(rest.removeFirst()) }
      if rest.first?.path == path { rest.removeFirst() }
      if case .write(let entry) = change { result.append(Item(path, entry)) }
    }
    return Tree(sorted: result + rest)
  }

  /// The changes that make the other tree of this one. A file that differs in its time alone has not changed.
  package func changes(to other: Tree) -> Changes {
    var changes: [TreePath: Change] = [:]
    var ours = items[...]
    for theirs in other.items {
      while let first = ours.first, first.path < theirs.path {
        changes[first.path] = .remove
        ours.removeFirst()
      }
      if let first = ours.first, first.path == theirs.path {
        ours.removeFirst()
        if first.entry.kind == theirs.entry.kind { continue }
      }
      changes[theirs.path] = .write(theirs.entry)
    }
    for gone in ours { changes[gone.path] = .remove }
    return Changes(changes)
  }

  /// The digest of all of it, times too: equal for equal trees only.
  package var digest: Digest { Digest(of: serialized()) }

  /// The digest without the times: equal wherever the contents are.
  package var contentDigest: Digest {
    Digest(of: Tree(sorted: items.map { Item($0.path, $0.entry.modified(at: 0)) }).serialized())
  }
}
