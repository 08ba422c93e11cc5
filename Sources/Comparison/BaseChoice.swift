package import Workspace

/// Which revision is the old side, and how that was decided.
package struct BaseChoice: Sendable {
  package enum Found: Sendable {
    case revision(Revision, because: String)
    /// There should be one, but it isn't here: why, and what to do.
    case missing(String)
    /// There is none: this is where the history begins.
    case none(String)
  }

  private let reader: RevisionReader
  private let environment: [String: String]

  /// - Parameter environment: of the process: GitHub Actions tells there what a checkout is.
  package init(_ reader: RevisionReader, environment: [String: String]) {
    self.reader = reader
    self.environment = environment
  }

  /// The revision of a name that the user gave.
  package func named(_ name: String) throws -> Found {
    // A branch of a pull request's target is known only as origin's in a CI checkout.
    for candidate in [name, "origin/\(name)"] {
      if let found = try reader.revision(candidate) {
        return .revision(Revision(name: candidate, commit: found.commit, time: found.time), because: "")
      }
    }
    return .missing("there is no commit '\(name)' here" + (try shallowAdvice("fetch-depth: 0")))
  }

  /// The revision to compare with when the user names none.
  ///
  /// - Parameters:
  ///   - head: the commit of the new side, or the one that the work tree stands on; nil before the first commit.
  ///   - isWorkTree: whether the new side is the work tree, with what isn't committed.
  package func standard(head: Revision?, isWorkTree: Bool) throws -> Found {
    guard let head else { return .none("the repository has no commit yet") }
    if isMergeOfGitHub(head), try reader.namedParents(of: head) > 1 {
      return try firstParent(of: head, because: "the target of the pull request (the first parent of its merge commit)")
    }
    let wanted = try target()
    if let name = targetName, wanted == nil {
      return .missing(
        "the pull request is for \(name), but there is no origin/\(name) here: set 'fetch-depth: 0' for actions/checkout, "
          + "or run `git fetch origin \(name):refs/remotes/origin/\(name)`")
    }
    if let main = try wanted ?? reader.mainBranch() {
      guard let base = try reader.mergeBase(main, head) else {
        return .missing(
          "\(main.name) and \(head.name) have no common commit here" + (try shallowAdvice("fetch-depth: 0")))
      }
      if base.commit != head.commit { return .revision(base, because: "the merge base with \(main.name)") }
      if isWorkTree, try hasOwnChanges() { return .revision(head, because: "the last commit") }
      return try firstParent(of: head, because: "the parent of \(head.short), which is on \(main.name)")
    }
    if isWorkTree, try hasOwnChanges() { return .revision(head, because: "the last commit") }
    return try firstParent(of: head, because: "the parent of \(head.short); there is no main branch to merge into")
  }

  /// Whether this is a job of GitHub Actions.
  private var isJob: Bool { environment["GITHUB_ACTIONS"] == "true" }

  /// Whether somebody is changing the work tree. What a job has built or written there is no change to compare with its commit.
  private func hasOwnChanges() throws -> Bool {
    guard !isJob else { return false }
    return try reader.hasChanges()
  }

  /// In a checkout of a pull request GitHub has HEAD at the merge that it made: its first parent is the target branch.
  ///
  /// Where a workflow checks out the branch itself, HEAD is another commit; it may be a merge too, of the target into the branch.
  private func isMergeOfGitHub(_ head: Revision) -> Bool {
    guard isJob, environment["GITHUB_SHA"] == head.commit, let reference = environment["GITHUB_REF"] else {
      return false
    }
    return reference.hasPrefix("refs/pull/") && reference.hasSuffix("/merge")
  }

  /// The branch that a job's pull request is for; nil where the job is for none.
  private var targetName: String? {
    guard isJob, let name = environment["GITHUB_BASE_REF"], !name.isEmpty else { return nil }
    return name
  }

  private func target() throws -> Revision? {
    guard let name = targetName, let found = try reader.revision("origin/\(name)") else { return nil }
    return Revision(name: "origin/\(name)", commit: found.commit, time: found.time)
  }

  private func firstParent(of head: Revision, because: String) throws -> Found {
    if let parent = try reader.revision("\(head.commit)^1") { return .revision(parent, because: because) }
    if try reader.namedParents(of: head) == 0 { return .none("\(head.short) is the first commit") }
    return .missing("the parent of \(head.short) is not here" + (try shallowAdvice("fetch-depth: 2")))
  }

  private func shallowAdvice(_ depth: String) throws -> String {
    guard try reader.isShallow() else { return "; `git fetch` may bring it, or name another BASE" }
    return ", because the clone is shallow: set '\(depth)' for actions/checkout, or run `git fetch --unshallow`"
  }
}
