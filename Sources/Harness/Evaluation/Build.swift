internal import Glibc
internal import Sandbox
internal import Workspace

extension Workbench {
  /// Builds a specimen: clean, or with the caches as the champion's clean build left them.
  ///
  /// - Throws: `.rejected` where the build fails, makes no outputs, or changes a file that it may not.
  package func build(_ specimen: Specimen, cache: String?) throws -> Specimen {
    let sealed = SealedInputs(of: harness, folder: folder, root: root, base: base, isHidden: surface.isHidden)
    try Outgoing.refuse(specimen.changes, sealed: sealed)
    guard let build = harness.build else { return specimen }
    let upper = try newScratch()
    let work = try newScratch()
    var leftovers = [upper, work]
    defer { remove(leftovers) }
    let result = try execute(
      build.step, name: "build", side: "candidate", layers: (cache.map { [$0] } ?? []) + specimen.layers, upper: upper,
      work: work, extra: [], advises: specimen.changes.isEmpty)
    guard result.outcome.succeeded else {
      throw EvaluationFault.rejected("build \(result.outcome.reason)" + RunReport.why(result, result.error))
    }
    let outputs = try build.outputs.map { try Glob($0) }
    let caches = try build.cache.map { try Glob($0) }
    let left = try UpperNames.list(upper)
    for entry in left {
      if let broken = brokenFile(entry, specimen: specimen, allowed: outputs + caches) {
        throw EvaluationFault.rejected("build changed \(broken)")
      }
    }
    try Outgoing.refuse(left.filter { entry in isKept(entry, outputs + caches) }, of: upper, sealed: sealed)
    for output in build.outputs where !output.contains(where: { "*?[".contains($0) }) {
      guard Folders.exists("\(upper)/\(output)") || specimenHas(output, specimen) else {
        throw EvaluationFault.rejected("build made no '\(output)' (build.outputs)")
      }
    }
    var built = specimen
    if !caches.isEmpty {
      let kept = try newScratch()
      leftovers.append(kept)
      for path in build.cache.compactMap({ TreePath(PathText.join(nil, $0)) }) {
        try BeneathMove.move(path, from: upper, to: kept, owner: Self.owner)
      }
      built.cache = kept
      leftovers.removeLast()
    }
    try UpperNames.prune(upper, entries: left, keeping: outputs)
    built.built = upper
    leftovers.removeFirst()
    return built
  }

  /// The fixed file that an entry of the build's writes changes, deletes or shadows; nil where it touches none.
  private func brokenFile(_ entry: UpperNames.Entry, specimen: Specimen, allowed: [Glob]) -> String? {
    guard let path = TreePath(bytes: entry.path) else { return "a path with an impossible name" }
    func isFixed(_ path: TreePath) -> Bool {
      !surface.isHidden(path) && !surface.isEditable(path) && !allowed.contains { $0.matches(path) }
    }
    if !entry.isFolder, base[path] != nil, isFixed(path) { return path.description }
    // A whiteout, an opaque folder or a file in a folder's place hides all that was below it.
    guard entry.hidesBelow, base.isFolder(path) else { return nil }
    return base.items(below: path).first { isFixed($0.path) }?.path.description
  }

  private func isKept(_ entry: UpperNames.Entry, _ globs: [Glob]) -> Bool {
    TreePath(bytes: entry.path).map { path in globs.contains { $0.matches(path) } } ?? false
  }

  private func specimenHas(_ output: String, _ specimen: Specimen) -> Bool {
    TreePath(output).map { specimen.tree[$0] != nil } ?? false
  }
}
