internal import CLinux
internal import Glibc

/// The files of a project: tracked and untracked-not-ignored; without git, all. Never `.git`, `.env`, keys or our own state.
package struct TreeListing: Sendable {
  package let paths: [TreePath]
  /// What was left out, for the user.
  package let notes: [String]

  /// Lists a project's files. Reads the repository, writes nothing to it.
  package static func files(root: String, only: [String]) throws -> TreeListing {
    var notes: [String] = []
    let all = Git.isWorkTree(root) ? try tracked(root) : try walk(root, notes: &notes)
    let globs = try only.map(Glob.init)
    let paths = all.filter { path in !isExcluded(path) && globs.contains { $0.matches(path) } }
    let excluded = all.count { isExcluded($0) && !$0.bytes.starts(with: ".git".utf8) }
    if excluded > 0 { notes.append("\(excluded) file(s) that look like secrets are not part of the tree") }
    return TreeListing(paths: paths.sorted(), notes: notes)
  }

  /// Which of some paths the checkout's own rules ignore.
  package static func ignored(_ paths: [TreePath], root: String) throws -> Set<TreePath> {
    guard !paths.isEmpty, Git.isWorkTree(root) else { return [] }
    var input: [UInt8] = []
    for path in paths { input += path.bytes + [0] }
    let result = try Git.run(["check-ignore", "-z", "--stdin", "--no-index"], in: root, input: input)
    return Set(result.output.split(separator: UInt8(0)).compactMap { TreePath(bytes: Array($0)) })
  }

  private static func tracked(_ root: String) throws -> [TreePath] {
    let result = try Git.run(["ls-files", "-z", "--cached", "--others", "--exclude-standard"], in: root)
    guard result.status == 0 else { throw WorkspaceError("list files of", root, result.error) }
    var about = stat()
    let named = Set(result.output.split(separator: UInt8(0)).compactMap { TreePath(bytes: Array($0)) })
    return named.filter { path in
      lstat(Files.join(root, path), &about) == 0 && about.st_mode & S_IFMT != S_IFDIR
    }
  }

  private static func walk(_ root: String, notes: inout [String]) throws -> [TreePath] {
    var found: [TreePath] = []
    var waiting: [[UInt8]] = [[]]
    var special = 0
    while let folder = waiting.popLast() {
      let full = Array(root.utf8) + (folder.isEmpty ? [] : [UInt8(ascii: "/")] + folder)
      guard let names = Files.names(full.map { CChar(bitPattern: $0) } + [0]) else {
        throw WorkspaceError("list files of", String(decoding: full, as: UTF8.self), errno: errno)
      }
      for name in names where !name.elementsEqual(".git".utf8) && !name.elementsEqual(".belljar".utf8) {
        let inner = folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name
        guard let path = TreePath(bytes: inner) else { continue }
        var about = stat()
        guard lstat(Files.join(root, path), &about) == 0 else { continue }
        switch about.st_mode & S_IFMT {
        case S_IFDIR: waiting.append(inner)
        case S_IFREG, S_IFLNK: found.append(path)
        default: special += 1
        }
      }
    }
    if special > 0 { notes.append("\(special) socket(s), pipe(s) or device(s) are not part of the tree") }
    return found
  }

  /// Secrets and states that never go into a sandbox.
  static func isExcluded(_ path: TreePath) -> Bool {
    let parts = path.bytes.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    if parts.contains(".git") || parts.contains(".belljar") { return true }
    guard let name = parts.last else { return false }
    if name == ".env" || name.hasPrefix(".env.") && name != ".env.example" { return true }
    return name.hasPrefix("id_rsa") || name.hasPrefix("id_ed25519") || name.hasPrefix("id_ecdsa")
      || name.hasSuffix(".pem") || name.hasSuffix(".key")
  }
}

/// A tree taken from a folder.
package enum Snapshot {
  /// Stores every file of a listing. Times in the future become `now`, so that what a candidate changes is newer.
  package static func take(root: String, listing: TreeListing, store: ObjectStore, now: Int64) throws -> Tree {
    var entries: [TreePath: Entry] = [:]
    entries.reserveCapacity(listing.paths.count)
    let folder = open(root, linux_o_path | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw WorkspaceError("open", root, errno: errno) }
    defer { close(folder) }
    for path in listing.paths {
      var about = stat()
      let full = Files.join(root, path)
      guard lstat(full, &about) == 0 else { continue }
      let modified = min(Files.modified(about), now)
      if about.st_mode & S_IFMT == S_IFLNK, let target = Files.linkTarget(full) {
        entries[path] = Entry(kind: .symlink(target), modified: modified)
        continue
      }
      guard let (descriptor, opened) = Files.openRegular(folder, path) else {
        if about.st_mode & S_IFMT != S_IFREG { continue }
        throw WorkspaceError("read", "\(root)/\(path)", errno: errno)
      }
      defer { close(descriptor) }
      guard let bytes = Files.readAll(descriptor, size: Int(opened.st_size)) else {
        throw WorkspaceError("read", "\(root)/\(path)", errno: errno)
      }
      entries[path] = Entry(
        kind: .file(try store.put(bytes), executable: opened.st_mode & 0o100 != 0, size: bytes.count),
        modified: modified)
    }
    return Tree(entries: entries)
  }
}
