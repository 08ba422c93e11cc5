/// Which files a candidate may change, and which it may not see.
package struct Surface: Sendable {
  /// What happens to new files outside of the surface.
  package enum Outside: Sendable { case reject, drop }
  private let editable: [(glob: Glob, allows: Bool)]
  private let hidden: [Glob]
  private let outside: Outside
  private let maxFiles: Int?
  private let maxBytes: Int?

  /// - Parameter editable: patterns, the last that matches decides; a leading `!` takes out.
  package init(
    editable: [String], hidden: [String] = [], outside: Outside = .reject, maxFiles: Int? = nil, maxBytes: Int? = nil
  ) throws {
    self.editable = try editable.map { text in
      text.hasPrefix("!") ? (try Glob(String(text.dropFirst())), false) : (try Glob(text), true)
    }
    self.hidden = try hidden.map(Glob.init)
    self.outside = outside
    self.maxFiles = maxFiles
    self.maxBytes = maxBytes
  }

  package func isEditable(_ path: TreePath) -> Bool {
    !isHidden(path) && (editable.last { $0.glob.matches(path) }?.allows ?? false)
  }

  package func isHidden(_ path: TreePath) -> Bool { hidden.contains { $0.matches(path) } }

  /// Sorts changes: what is accepted, what is litter, what breaks a rule.
  package func classify(_ changes: Changes, base: Tree, ignored: (TreePath) -> Bool) throws -> Classified {
    var result = Classified()
    var bytes = 0
    for path in changes.paths {
      guard let change = changes[path] else { continue }
      if isEditable(path) {
        result.accepted[path] = change
        if case .write(let entry) = change, case .file(_, _, let size) = entry.kind { bytes += size }
      } else if base.entries[path] != nil {
        result.violations.append(path)
      } else if case .remove = change {
        continue
      } else if ignored(path) || outside == .drop {
        result.litter.append(path)
      } else {
        result.violations.append(path)
      }
    }
    let count = result.accepted.paths.count
    if let maxFiles, count > maxFiles { result.overLimit = "changed \(count) files; the surface allows \(maxFiles)" }
    if let maxBytes, bytes > maxBytes {
      result.overLimit = "the changed files have \(bytes) bytes; the surface allows \(maxBytes)"
    }
    return result
  }
}

/// Changes sorted by the surface.
package struct Classified: Sendable {
  package var accepted = Changes()
  /// New files that don't count: ignored by the checkout's own rules, or dropped by `outside: drop`.
  package var litter: [TreePath] = []
  /// Fixed files that were changed or removed, new files where none may be.
  package var violations: [TreePath] = []
  /// Why the changes are too many or too large.
  package var overLimit: String?
}
