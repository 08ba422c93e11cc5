package import Workspace

/// Inputs that only our own steps are shown, `prepare` and `score`, at places where a candidate's link could lead to them.
package struct SealedInputs {
  private let root: String
  /// Absolute paths inside.
  private let places: [String]

  /// - Parameters:
  ///   - base: The tree, of which the candidate's steps see all that isn't hidden.
  ///   - isHidden: As `surface.hidden` says.
  package init(of harness: HarnessFile, folder: String, root: String, base: Tree, isHidden: (TreePath) -> Bool) {
    self.root = root
    func places(ours: Bool) -> Set<String> {
      let steps = harness.steps.filter { name, _ in (name.hasSuffix(".prepare") || name.hasSuffix(".score")) == ours }
      return Set(
        steps.flatMap { _, step in step.inputs.map { HostFolder.absolute($0.destination ?? $0.source, in: folder) } })
    }
    self.places = places(ours: true).subtracting(places(ours: false)).filter { place in
      guard place.hasPrefix(root + "/"), let path = TreePath(String(place.dropFirst(root.count + 1))) else {
        return true
      }
      // What of it is in the tree and not hidden, the candidate's steps see as well.
      let seen = base.items(below: path).map(\.path) + (base[path] == nil ? [] : [path])
      return seen.isEmpty || seen.contains(where: isHidden)
    }.sorted()
  }

  /// Whether a link of the tree leads to such an input, into it, or to a folder above it, through which another could lead there.
  func hold(_ target: [UInt8], from path: TreePath) -> Bool {
    guard !places.isEmpty else { return false }
    let text = String(decoding: target, as: UTF8.self)
    var parts: [Substring] = []
    if !text.hasPrefix("/") {
      parts = root.split(separator: "/") + path.description.split(separator: "/").dropLast()
    }
    for part in text.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    let whole = "/" + parts.joined(separator: "/")
    return places.contains {
      whole == $0 || whole.hasPrefix($0 + "/") || $0.hasPrefix(parts.isEmpty ? "/" : whole + "/")
    }
  }
}
