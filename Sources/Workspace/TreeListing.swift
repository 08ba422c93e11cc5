internal import Glibc

/// Which files of a folder make up the tree: tracked and untracked-not-ignored ones; without git, all.
package struct TreeListing: Hashable, Sendable {
  /// Files and links, in the order of their bytes.
  package let paths: [TreePath]
  /// What was left out and may surprise: submodules, names that can't be carried.
  package let notes: [String]

  /// Lists the files of a folder, writing nothing to it.
  ///
  /// What ``Exclusion`` names, sockets, FIFOs and devices are left out, and links are not followed.
  ///
  /// - Parameters:
  ///   - root: The folder, inside a git work tree or not.
  ///   - only: Patterns of what is listed; all where nil.
  package static func files(root: String, only: [String]? = nil) throws(WorkspaceError) -> TreeListing {
    let filter = try only.map { patterns throws(WorkspaceError) in try PatternList(patterns) }
    let folder = try Descriptor.folder(root)
    guard var found = try gitPaths(root) else { return try walk(folder, filter) }
    if found.isEmpty {
      // A folder that the repository around it ignores has no files for git: it is a project of its own.
      let walked = try walk(folder, filter)
      let note = "git lists no file here (is the folder ignored by a repository around it?): all files are taken"
      return TreeListing(paths: walked.paths, notes: walked.paths.isEmpty ? walked.notes : walked.notes + [note])
    }
    found.sort { $0.lexicographicallyPrecedes($1) }
    var sieve = ListingSieve(folder, filter)
    for bytes in found { try sieve.add(bytes) }
    return TreeListing(paths: sieve.paths, notes: sieve.notes)
  }

  /// What git lists, or nil where there is no work tree or no git.
  private static func gitPaths(_ root: String) throws(WorkspaceError) -> [[UInt8]]? {
    guard try GitCommand.isWorkTree(root) else { return nil }
    let listed = try GitCommand.run(
      ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], in: root)
    return listed.split(separator: 0).map(Array.init)
  }

  private static func walk(_ root: Descriptor, _ filter: PatternList?) throws(WorkspaceError) -> TreeListing {
    var sieve = ListingSieve(root, filter)
    var folders: [TreePath?] = [nil]
    while let folder = folders.popLast() {
      let open: Descriptor
      do throws(WorkspaceError) {
        open = try folder.map { path throws(WorkspaceError) in try root.folder(beneath: path.bytes) } ?? root
      } catch {
        guard error.errorNumber == EACCES else { throw error }
        sieve.notes.append("\(folder?.description ?? "."): a folder that can't be read is left out")
        continue
      }
      for (name, type) in try open.members() where !Exclusion.excludes(name: name[...]) {
        let bytes = folder.map { $0.bytes + [UInt8(ascii: "/")] + name } ?? name
        guard let path = TreePath(bytes: bytes) else {
          sieve.notes.append("\(EscapedBytes.text(Array(bytes.prefix(200))))…: a path that is too long is left out")
          continue
        }
        switch type == 0 ? try sieve.kind(path) : type {
        case S_IFDIR: folders.append(path)
        case S_IFREG, S_IFLNK: sieve.add(path)
        default: break
        }
      }
    }
    return TreeListing(paths: sieve.paths.sorted(), notes: sieve.notes)
  }
}

/// Lets through the paths that are files or links, belong to a tree, and pass the patterns.
private struct ListingSieve {
  private var cursor: FolderCursor
  private let filter: PatternList?
  private(set) var paths: [TreePath] = []
  var notes: [String] = []

  init(_ root: Descriptor, _ filter: PatternList?) {
    cursor = FolderCursor(root: root)
    self.filter = filter
  }

  /// Adds what a walk found, which is a file or a link for sure.
  mutating func add(_ path: TreePath) {
    if filter?.contains(path) ?? true { paths.append(path) }
  }

  /// Adds what git told of.
  mutating func add(_ bytes: [UInt8]) throws(WorkspaceError) {
    // git ends an untracked repository's folder with a slash.
    let isNested = bytes.last == UInt8(ascii: "/")
    guard let path = TreePath(bytes: isNested ? Array(bytes.dropLast()) : bytes) else {
      notes.append("\(EscapedBytes.text(Array(bytes.prefix(200)))): a name that can't be carried is left out")
      return
    }
    // An index with conflicts lists a path up to three times.
    if paths.last == path || Exclusion.excludes(path) { return }
    if let filter, !isNested, !filter.contains(path) { return }
    switch try kind(path) {
    case S_IFREG, S_IFLNK: paths.append(path)
    case S_IFDIR: notes.append("\(path): a repository inside the repository (a submodule) is left out")
    default: break
    }
  }

  /// The file type; 0 where there is nothing any more, or only through a link.
  mutating func kind(_ path: TreePath) throws(WorkspaceError) -> mode_t {
    do throws(WorkspaceError) {
      let (folder, name) = try cursor.locate(path)
      return try folder.status(of: name).st_mode & S_IFMT
    } catch {
      let gone: Set<Int32> = [ENOENT, ENOTDIR, ELOOP]
      guard let number = error.errorNumber, gone.contains(number) else { throw error }
      return 0
    }
  }
}
