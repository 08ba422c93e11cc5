/// A commit that a name of the user's stands for.
package struct Revision: Hashable, Sendable {
  /// As it was asked for.
  package let name: String
  /// The commit's full object name.
  package let commit: String
  /// When it was committed, in seconds since 1970.
  package let time: Int64

  package init(name: String, commit: String, time: Int64) {
    self.name = name
    self.commit = commit
    self.time = time
  }

  /// Short, for people.
  package var short: String { String(commit.prefix(10)) }
}

/// Questions about a repository's commits, asked in a folder of its work tree.
package struct RevisionReader: Sendable {
  private let folder: String

  package init(folder: String) { self.folder = folder }

  /// The commit of a name; nil where there is none here.
  package func revision(_ name: String) throws(WorkspaceError) -> Revision? {
    // A name that looks like an option is none, whatever git makes of it.
    guard !name.isEmpty, !name.hasPrefix("-"), !name.utf8.contains(0) else { return nil }
    guard let commit = try line(["rev-parse", "--verify", "--quiet", "--end-of-options", "\(name)^{commit}"]),
      let time = try line(["show", "--no-patch", "--format=%ct", "--end-of-options", commit]).flatMap({ Int64($0) })
    else { return nil }
    return Revision(name: name, commit: commit, time: time)
  }

  /// The best common ancestor of two commits; nil where none is known here.
  package func mergeBase(_ one: Revision, _ other: Revision) throws(WorkspaceError) -> Revision? {
    guard let commit = try line(["merge-base", one.commit, other.commit]) else { return nil }
    return try revision(commit)
  }

  /// Whether the clone's history was cut off (`git clone --depth`).
  package func isShallow() throws(WorkspaceError) -> Bool {
    try line(["rev-parse", "--is-shallow-repository"]) == "true"
  }

  /// How many parents the commit object names, also those that a shallow clone hides.
  package func namedParents(of revision: Revision) throws(WorkspaceError) -> Int {
    let bytes = try GitCommand.run(["cat-file", "commit", revision.commit], in: folder)
    let head = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).prefix { !$0.isEmpty }
    return head.count { $0.starts(with: "parent ".utf8) }
  }

  /// The branch that work is merged into, as far as the repository tells: what origin calls its head, else main or master.
  package func mainBranch() throws(WorkspaceError) -> Revision? {
    if let head = try line(["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"]), let found = try revision(head) {
      return Revision(name: String(head.dropFirst("refs/remotes/".count)), commit: found.commit, time: found.time)
    }
    for name in ["origin/main", "origin/master", "main", "master"] {
      if let found = try revision(name) { return found }
    }
    return nil
  }

  /// Whether the work tree differs from its commit, new files included.
  package func hasChanges() throws(WorkspaceError) -> Bool {
    try !GitCommand.run(["status", "--porcelain", "--untracked-files=normal"], in: folder).isEmpty
  }

  /// The folder's path in the repository, with a slash at its end; empty at the top.
  package func prefix() throws(WorkspaceError) -> String { try line(["rev-parse", "--show-prefix"]) ?? "" }

  /// A file of a commit, by its path relative to the folder; nil where the commit has none.
  package func contents(_ path: String, in revision: Revision) throws(WorkspaceError) -> [UInt8]? {
    let output = try GitCommand.output(["cat-file", "blob", "\(revision.commit):./\(path)"], in: folder)
    return output.status == 0 ? output.stdout : nil
  }

  /// The first line that git prints; nil where it fails or prints nothing.
  private func line(_ arguments: [String]) throws(WorkspaceError) -> String? {
    let output = try GitCommand.output(arguments, in: folder)
    guard output.status == 0 else { return nil }
    return output.stdout.split(separator: UInt8(ascii: "\n")).first.map { String(decoding: $0, as: UTF8.self) }
  }
}
