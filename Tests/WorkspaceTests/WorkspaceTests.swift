import Digests
import FoundationEssentials
import Glibc
import Testing
import Workspace

/// A folder that is removed at the end of a test.
final class TestFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/belljar-workspace-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw WorkspaceError("make", "a test folder", "mkdtemp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? removeTree(path) }

  func write(_ name: String, _ text: String) throws {
    let full = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: String(full[..<(full.lastIndex(of: "/") ?? full.endIndex)]), withIntermediateDirectories: true)
    guard FileManager.default.createFile(atPath: full, contents: Data(text.utf8)) else {
      throw WorkspaceError("write", full, "createFile")
    }
  }
}

@Suite("Workspace") struct WorkspaceTests {
  private func path(_ text: String) throws -> TreePath { try #require(TreePath(text)) }

  @Test(
    "globs match as a shell's do, and a folder covers what is below it",
    arguments: [
      ("src/**", "src/a/b.c", true), ("src/**", "src", false), ("src", "src/a.c", true), ("*.c", "a.c", true),
      ("*.c", "d/a.c", false), ("**/*.c", "d/e/a.c", true), ("**/*.c", "a.c", true), ("a?c", "abc", true),
      ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false),
    ])
  func globs(pattern: String, name: String, matches: Bool) throws {
    #expect(try Glob(pattern).matches(path(name)) == matches)
  }

  @Test("patterns that climb or are absolute are refused", arguments: ["/etc", "../x", "a/../b", ""])
  func badGlobs(pattern: String) { #expect(throws: WorkspaceError.self) { try Glob(pattern) } }

  @Test("paths that could lead out are no paths", arguments: ["", "/a", "a//b", "..", "a/../b", "./a", "a\0b"])
  func badPaths(text: String) { #expect(TreePath(text) == nil) }

  @Test("trees and changes come back from their text, with names in any bytes")
  func serialization() throws {
    let odd = try #require(TreePath(bytes: [0x61, 0x0a, 0xff, 0x20, 0x25]))
    let entry = Entry(kind: .file(Digest(of: [1, 2]), executable: true, size: 2), modified: 12)
    let link = Entry(kind: .symlink(Array("a b".utf8)), modified: 13)
    let tree = Tree(entries: [odd: entry, try path("l"): link])
    #expect(try Tree(serialized: tree.serialized).entries == tree.entries)
    var changes = Changes()
    changes[odd] = .remove
    changes[try path("n")] = .write(entry)
    #expect(try Changes(serialized: changes.serialized).byPath == changes.byPath)
    #expect(throws: WorkspaceError.self) { try Tree(serialized: Array("belljar tree 1\nfile x ../y\n".utf8)) }
  }

  @Test("what ends as it began drops out of merged changes")
  func merging() throws {
    let name = try path("a")
    let entry = Entry(kind: .symlink([1]), modified: 1)
    let other = Entry(kind: .symlink([2]), modified: 2)
    var first = Changes()
    var second = Changes()
    first[name] = .write(other)
    second[name] = .write(entry)
    #expect(second.merged(over: first, base: Tree(entries: [name: entry])).isEmpty)
  }

  @Test("an object whose file was changed is not believed")
  func damage() throws {
    let folder = try TestFolder()
    let store = try ObjectStore(root: "\(folder.path)/objects")
    let digest = try store.put(Array("hello".utf8))
    #expect(try store.read(digest) == Array("hello".utf8))
    chmod(store.path(digest), 0o600)
    #expect(FileManager.default.createFile(atPath: store.path(digest), contents: Data("hullo".utf8)))
    #expect(throws: WorkspaceError.self) { try store.read(digest) }
  }

  @Test("git's listing leaves out what is ignored, deleted or secret, and writes nothing to the repository")
  func listing() throws {
    let folder = try TestFolder()
    for (name, text) in [
      ("a.c", "a"), ("gone.c", "g"), ("obj/a.o", "o"), (".gitignore", "obj/\n"), (".env", "KEY=1"), ("id_rsa", "k"),
    ] { try folder.write(name, text) }
    for arguments in [["init", "-q"], ["add", "a.c", "gone.c", ".gitignore"]] {
      #expect(try Git.run(arguments, in: folder.path).status == 0)
    }
    try folder.write("new\nline", "n")
    unlink("\(folder.path)/gone.c")
    let before = FileManager.default.contents(atPath: "\(folder.path)/.git/index")
    let listing = try TreeListing.files(root: folder.path, only: ["**"])
    #expect(listing.paths.map { Array($0.bytes) } == [".gitignore", "a.c", "new\nline"].map { Array($0.utf8) })
    #expect(listing.notes.count == 1)
    #expect(FileManager.default.contents(atPath: "\(folder.path)/.git/index") == before)
  }

  @Test("a snapshot laid out again is the same tree, with its times, and a pipe in the folder blocks nothing")
  func snapshot() throws {
    let folder = try TestFolder()
    try folder.write("d/a", "alpha")
    try folder.write("b", "beta")
    chmod("\(folder.path)/b", 0o755)
    symlink("/etc/passwd", "\(folder.path)/l")
    mkfifo("\(folder.path)/pipe", 0o644)
    let store = try ObjectStore(root: "\(folder.path).objects")
    defer { try? removeTree("\(folder.path).objects") }
    let listing = try TreeListing.files(root: folder.path, only: ["**"])
    let tree = try Snapshot.take(root: folder.path, listing: listing, store: store, now: .max)
    #expect(tree.entries.count == 3)
    let out = try TestFolder()
    try LayerFolder.materialise(tree: tree, store: store, into: "\(out.path)/t", owner: nil)
    let again = try Snapshot.take(
      root: "\(out.path)/t", listing: TreeListing.files(root: "\(out.path)/t", only: ["**"]), store: store, now: .max)
    #expect(again.entries == tree.entries)
    let clamped = try Snapshot.take(root: folder.path, listing: listing, store: store, now: 5)
    #expect(clamped.entries.values.allSatisfy { $0.modified <= 5 })
  }

  @Test("an upper folder is read as data: whiteouts remove, links and pipes lead nowhere, litter is ignored")
  func upper() throws {
    let folder = try TestFolder()
    let store = try ObjectStore(root: "\(folder.path)/objects")
    let old = Entry(kind: .file(try store.put([1]), executable: false, size: 1), modified: 1)
    let base = Tree(entries: [try path("gone"): old, try path("same"): old, try path("dir/in"): old])
    let upper = "\(folder.path)/upper"
    mkdir(upper, 0o755)
    mknod("\(upper)/gone", S_IFCHR, 0)
    mknod("\(upper)/dir", S_IFCHR, 0)
    #expect(FileManager.default.createFile(atPath: "\(upper)/same", contents: Data([1])))
    #expect(FileManager.default.createFile(atPath: "\(upper)/new", contents: Data([2])))
    symlink("/etc/passwd", "\(upper)/link")
    mkfifo("\(upper)/pipe", 0o644)
    mkdir("\(upper)/out", 0o755)
    #expect(FileManager.default.createFile(atPath: "\(upper)/out/x", contents: Data([3])))
    let reading = try UpperLayer.read(dir: upper, base: base, store: store, ignoring: [path("out")], now: 99)
    #expect(reading.changes.paths.map(\.description) == ["dir/in", "gone", "link", "new"])
    #expect(reading.changes[try path("gone")] == .remove)
    #expect(reading.changes[try path("link")] == .write(Entry(kind: .symlink(Array("/etc/passwd".utf8)), modified: 99)))
    #expect(reading.skipped.map(\.path.description) == ["pipe"])
  }

  @Test("a changed file is newer by a whole second, for readers that keep no fractions")
  func newer() {
    #expect(Entry.newer(than: nil, now: 5) == 5)
    #expect(Entry.newer(than: 1_500_000_000, now: 1_900_000_000) == 2_000_000_000)
    #expect(Entry.newer(than: 1_500_000_000, now: 3_100_000_000) == 3_100_000_000)
  }

  @Test("folders that may not be entered, and deep ones, can be removed; what links point to stays")
  func removal() throws {
    let folder = try TestFolder()
    try folder.write("keep/file", "k")
    try folder.write("gone/a/b", "x")
    symlink("\(folder.path)/keep", "\(folder.path)/gone/link")
    var deep = "\(folder.path)/gone"
    for _ in 0..<300 {
      deep += "/deeper"
      mkdir(deep, 0o755)
    }
    chmod("\(folder.path)/gone/a", 0)
    try removeTree("\(folder.path)/gone")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/gone"))
    #expect(FileManager.default.fileExists(atPath: "\(folder.path)/keep/file"))
  }

  @Test("a patch between two trees is one that git applies")
  func patch() throws {
    let folder = try TestFolder()
    let store = try ObjectStore(root: "\(folder.path)/objects")
    func entry(_ text: String, executable: Bool = false) throws -> Entry {
      Entry(kind: .file(try store.put(Array(text.utf8)), executable: executable, size: text.utf8.count), modified: 1)
    }
    let old = Tree(entries: [
      try path("a"): try entry("one\n"), try path("b"): try entry("b\n"), try path("d/x"): try entry("x\n"),
    ])
    let new = Tree(entries: [
      try path("a"): try entry("two\n"), try path("b"): try entry("b\n", executable: true),
      try path("n"): try entry("\u{0}\u{1}"),
    ])
    let patch = try UnifiedPatch.text(from: old, to: new, store: store, scratch: folder.path)
    try LayerFolder.materialise(tree: old, store: store, into: "\(folder.path)/w", owner: nil)
    #expect(try CheckoutState.differing(old.entries.keys.sorted(), from: old, root: "\(folder.path)/w").isEmpty)
    #expect(try Git.run(["apply", "-"], in: "\(folder.path)/w", input: patch).status == 0)
    #expect(try CheckoutState.differing(new.entries.keys.sorted(), from: new, root: "\(folder.path)/w").isEmpty)
    #expect(access("\(folder.path)/w/b", X_OK) == 0)
    #expect(access("\(folder.path)/w/d/x", F_OK) != 0)
  }
}
