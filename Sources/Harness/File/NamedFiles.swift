package import Workspace

extension HarnessFile {
  /// The files of a tree that the scorers' commands name, their rubrics, and those that are hidden: what belongs to the harness
  /// rather than to what it measures. A folder that is named stands for all files below it. What the surface lets candidates
  /// edit is never among them.
  ///
  /// Judged by the words of the commands; what a script reads on its own isn't seen.
  package func namedFiles(in tree: Tree) throws -> Set<TreePath> {
    let editable = try PatternList(surface.editable)
    let hidden = try PatternList(surface.hidden)
    let unseen = Set(tree.items.map(\.path).filter { !surface.hidden.isEmpty && hidden.contains($0) })
    return scorers.reduce(unseen) { $0.union(words(of: $1, in: tree)) }.filter {
      !editable.contains($0) || hidden.contains($0)
    }
  }

  /// Those of one scorer: the files that its commands name, and its rubric.
  package func namedFiles(of scorer: HarnessScorer, in tree: Tree) throws -> Set<TreePath> {
    let editable = try PatternList(surface.editable)
    return words(of: scorer, in: tree).filter { !editable.contains($0) }
  }

  private func words(of scorer: HarnessScorer, in tree: Tree) -> Set<TreePath> {
    var named: Set<TreePath> = []
    if case .file(let file)? = scorer.judge?.rubric, self.tree.root == ".",
      let path = TreePath(PathText.join(nil, file)), tree[path] != nil
    {
      named.insert(path)
    }
    for step in [scorer.prepare, scorer.run, scorer.score].compactMap({ $0 }) {
      for word in step.command.words {
        guard let path = TreePath(PathText.join(step.folder, word.withoutTreeVariable)) else { continue }
        if tree[path] != nil { named.insert(path) }
        if tree.isFolder(path) { named.formUnion(tree.items(below: path).map(\.path)) }
      }
    }
    return named
  }
}

extension String {
  /// A word of a command that names a file of the tree, relative to the tree's root.
  var withoutTreeVariable: String {
    for prefix in ["$BELLJAR_TREE/", "${BELLJAR_TREE}/", "/harness/", "/tree/"] where hasPrefix(prefix) {
      return String(dropFirst(prefix.count))
    }
    return self
  }
}
