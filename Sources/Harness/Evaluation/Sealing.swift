internal import Glibc
internal import Sandbox
internal import StrictYAML
internal import Workspace

/// What keeps from agents and candidates what the harness hides, beyond taking hidden files away.
extension Workbench {
  /// Where the harness file lies in its tree; nil where it lies outside.
  static func place(of harness: HarnessFile, folder: String, root: String) -> TreePath? {
    guard let name = harness.file.split(separator: "/").last else { return nil }
    let inner = folder == root ? "" : folder.hasPrefix(root + "/") ? folder.dropFirst(root.count + 1) + "/" : nil
    return inner.flatMap { TreePath($0 + name) }
  }

  /// The harness file as agents and candidates see it, where it has something to seal; nil where they may see all of it.
  static func shownHarness(
    _ harness: HarnessFile, folder: String, root: String, _ base: Tree, _ store: ObjectStore
  ) throws -> (TreePath, Entry)? {
    guard let path = place(of: harness, folder: folder, root: root), let entry = base[path],
      let text = try harness.textWithoutSeals()
    else { return nil }
    let bytes = Array(text.utf8)
    return (path, Entry(.file(try store.put(bytes), executable: false, size: bytes.count), modified: entry.modified))
  }

  /// An input is shown as it lies on the host, so what is hidden in the tree must not lie below one.
  ///
  /// - Throws: Where a step of the agent's or the candidate's would see a hidden file.
  func refuseOpenInputs() throws {
    guard !harness.surface.hidden.isEmpty, let root = Self.real(root) else { return }
    var seen: Set<String> = []
    for (name, step) in harness.steps where !name.hasSuffix(".prepare") && !name.hasSuffix(".score") {
      for input in step.inputs where seen.insert(input.source).inserted {
        // One that isn't there yet is missed by the step that wants it.
        guard let path = Self.real(absolute(input.source)), path == root || path.hasPrefix(root + "/") else { continue }
        if let open = firstHidden(below: path == root ? "" : String(path.dropFirst(root.count + 1)), root: root) {
          throw SandboxError(
            "show input", input.source,
            "\(open) lies in it, which surface.hidden takes away (step \(name)); show only what may be seen")
        }
      }
    }
  }

  private static func real(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  private func firstHidden(below start: String, root: String) -> String? {
    var waiting = [start]
    while let next = waiting.popLast() {
      if let path = TreePath(next), surface.isHidden(path) { return next }
      guard let stream = opendir(next.isEmpty ? root : "\(root)/\(next)") else { continue }
      defer { closedir(stream) }
      while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        guard name != ".", name != "..", entry.pointee.d_type != UInt8(DT_LNK) else { continue }
        waiting.append(next.isEmpty ? name : "\(next)/\(name)")
      }
    }
    return nil
  }
}

extension HarnessFile {
  /// The text without holdouts, the patterns of what is hidden and the seed; nil where there is none of these. Comments go too:
  /// they may speak of any of it.
  func textWithoutSeals() throws -> String? {
    let sealed = scorers.indices.filter { scorers[$0].role == .holdout }.map { "scorers[\($0)]" }
    guard !sealed.isEmpty || !surface.hidden.isEmpty || loop.seed != nil else { return nil }
    let left = sealed + ["surface.hidden", "loop.seed"]
    return "# What is sealed is left out.\n" + (try YAMLValue(parsing: text, file: file).text { left.contains($0) })
  }
}
