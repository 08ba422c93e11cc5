/// What is done to one path.
package enum Change: Hashable, Sendable {
  /// The path holds this now.
  case write(Entry)
  /// The path is gone.
  case remove
}

/// What a candidate does to a tree.
package struct Changes: Hashable, Sendable {
  package var byPath: [TreePath: Change]

  package init(_ byPath: [TreePath: Change] = [:]) { self.byPath = byPath }

  package var isEmpty: Bool { byPath.isEmpty }

  /// The changes in the order of their paths.
  package var sorted: [(path: TreePath, change: Change)] {
    byPath.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  package subscript(path: TreePath) -> Change? {
    get { byPath[path] }
    set { byPath[path] = newValue }
  }

  /// The changed paths, in order.
  package var paths: [TreePath] { byPath.keys.sorted() }

  /// These changes made after the earlier ones: one set that does both.
  package func merged(over earlier: Changes) -> Changes {
    Changes(earlier.byPath.merging(byPath) { _, later in later })
  }

  /// The same, both against `base`: what ends as it is there drops out.
  package func merged(over earlier: Changes, base: Tree) -> Changes {
    Changes(
      merged(over: earlier).byPath.filter { path, change in
        switch change {
        case .write(let entry): base[path]?.kind != entry.kind
        case .remove: base[path] != nil
        }
      })
  }

  /// The first path, in order, that both change, or that lies above or below one that the other changes; nil where both can be made
  /// in any order.
  package func overlap(with other: Changes) -> TreePath? {
    let above = Set(other.byPath.keys.flatMap(\.folders))
    return paths.first { path in
      other[path] != nil || above.contains(path) || path.folders.contains { other[$0] != nil }
    }
  }
}
