import Digests
import Testing
import Workspace

@Suite("Tree") struct TreeTests {
  static let hostile: [[UInt8]] = [
    Array("a\nb".utf8), [0xFF, 0xFE], Array("-rf".utf8), Array("%s".utf8), Array("a b".utf8), Array("a\\x20b".utf8),
    Array("\u{1B}[31m".utf8), Array("é".utf8), Array(repeating: 0x61, count: 255), Array("A".utf8), Array("a".utf8),
  ]

  private func hostileTree() throws -> Tree {
    Tree(
      try Self.hostile.map { bytes in
        let path = try #require(TreePath(bytes: bytes))
        let link = bytes.count % 2 == 0
        let entry = Entry(
          link ? .symlink(bytes) : .file(Digest(of: bytes), executable: true, size: bytes.count), modified: -5)
        return Tree.Item(path, entry)
      })
  }

  @Test("hostile names survive the stored form")
  func stored() throws {
    let tree = try hostileTree()
    #expect(tree.items.count == Self.hostile.count)
    let folder = try TestFolder()
    let store = try folder.store()
    let kept = try Tree(tree.put(in: store), in: store)
    #expect(kept == tree)
    #expect(kept.items == tree.items)
    #expect(try store.read(tree.digest).allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) })
    let changes = Tree().changes(to: tree).merged(over: Changes([try path("gone"): .remove]))
    #expect(try Changes(serialized: changes.serialized()) == changes)
  }

  @Test(
    "a stored tree with anything else in it is an error",
    arguments: [
      "", "belljar-folder 2\n", "belljar-folder 1", "belljar-folder 1\nr a\n",
      "belljar-folder 1\nl x 5 b\nl x 5 a\n", "belljar-folder 1\nl x 5 a\nl x 5 a\n",
      "belljar-folder 1\nl x 5 ..\n", "belljar-folder 1\nl x 5 a/b\n", "belljar-folder 1\nl x 05 a\n",
      "belljar-folder 1\nl x 5 a b\n", "belljar-folder 1\nl x 5 \\x61\n", "belljar-folder 1\nf 00 - 1 5 a\n",
      "belljar-folder 1\nl x 5 a", "belljar-folder 1\n\n", "belljar-folder 1\nl x 5 a\\x\n",
      "belljar-folder 1\nd 00 a\n", "belljar-folder 1\nd \(String(repeating: "0", count: 64)) a\n",
    ])
  func damaged(text: String) throws {
    let folder = try TestFolder()
    let store = try folder.store()
    let digest = try store.put(Array(text.utf8))
    #expect(throws: WorkspaceError.self) { try Tree(digest, in: store) }
    #expect(throws: WorkspaceError.self) { try Changes(serialized: Array(text.utf8)) }
  }

  @Test("folders in each other without an end are no tree")
  func endless() throws {
    let folder = try TestFolder()
    let store = try folder.store()
    var digest = try store.put(Array("belljar-folder 1\nl x 5 a\n".utf8))
    for _ in 0..<3000 { digest = try store.put(Array("belljar-folder 1\nd \(digest) d\n".utf8)) }
    #expect(throws: WorkspaceError.self) { try Tree(digest, in: store) }
  }

  @Test("a tree that was changed has the digest of one that was made so, and writes only the folders on the way")
  func sharing() throws {
    let folder = try TestFolder()
    let store = try folder.store()
    let one = try tree(["a/x": "1", "a/y/z": "1", "b/x": "1", "b/y/z": "1", "c": "1"], store)
    let two = try tree(["a/x": "1", "a/y/z": "2", "b/x": "1", "b/y/z": "1", "c": "1"], store)
    let changed = one.applying(one.changes(to: two))
    #expect(changed.digest == two.digest)
    #expect(changed.digest != one.digest)
    let objects = { try folder.sh("find store -type f").filter { $0 == 0x0A }.count }
    try one.put(in: store)
    let before = try objects()
    try changed.put(in: store)
    #expect(try objects() == before + 3)
    #expect(one.applying(one.changes(to: Tree())) == Tree())
  }

  @Test("changes make the one tree of the other, and add up")
  func changes() throws {
    let folder = try TestFolder()
    let store = try folder.store()
    let one = try tree(["a": "1", "a-b": "1", "a.c": "1", "d/x": "1", "d/y": "1"], store)
    let two = try tree(["a/b": "1", "a-b": "2", "d/y": "1", "e": "1"], store)
    let three = try tree(["a": "3", "d": "3"], store)
    #expect(one.applying(one.changes(to: two)) == two)
    #expect(two.applying(two.changes(to: one)) == one)
    #expect(one.applying(two.changes(to: three).merged(over: one.changes(to: two))) == three)
    #expect(one.changes(to: one).isEmpty)
    #expect(Tree().applying(Tree().changes(to: one)) == one)
    #expect(names(one.changes(to: two).sorted.map(\.path)) == ["a", "a-b", "a.c", "a/b", "d/x", "e"])
  }

  @Test("a file that differs in its time alone has not changed")
  func times() throws {
    let folder = try TestFolder()
    let store = try folder.store()
    let early = try tree(["a": "1"], store, modified: 1)
    let late = try tree(["a": "1"], store, modified: 2)
    #expect(early.changes(to: late).isEmpty)
    #expect(early.digest != late.digest)
    #expect(early.contentDigest == late.contentDigest)
  }

  @Test("what lies below a folder is found, its neighbours are not")
  func below() throws {
    let folder = try TestFolder()
    let tree = try tree(["a": "1", "a-b": "1", "b/x": "1", "b/y/z": "1", "b.c": "1", "b0": "1"], try folder.store())
    #expect(names(tree.items(below: try path("b")).map(\.path)) == ["b/x", "b/y/z"])
    #expect(tree.isFolder(try path("b/y")))
    #expect(!tree.isFolder(try path("a")))
    #expect(tree[try path("b/y/z")] != nil)
    #expect(tree[try path("b/y")] == nil)
  }

  @Test("what ends as it began drops out of merged changes")
  func merging() throws {
    let folder = try TestFolder()
    let store = try folder.store()
    let base = try tree(["a": "1", "b": "1"], store)
    let two = try tree(["a": "2", "n": "2"], store)
    let back = try tree(["a": "1", "b": "3"], store, modified: 7)
    let merged = two.changes(to: back).merged(over: base.changes(to: two), base: base)
    #expect(names(merged.paths) == ["b"])
    #expect(two.changes(to: base).merged(over: base.changes(to: two), base: base).isEmpty)
  }

  @Test(
    "changes get in each other's way where one lies at, above or below the other",
    arguments: [
      (["a", "b/c"], ["b/d", "e"], nil), (["a", "b/c"], ["x", "b/c"], "b/c"), (["b"], ["b/c/d"], "b"),
      (["a", "b/c/d"], ["b"], "b/c/d"), (["a/b"], ["a/bc", "a/b.c"], nil), ([], ["a"], nil),
    ] as [([String], [String], String?)])
  func overlap(own: [String], other: [String], path: String?) throws {
    func changes(_ paths: [String]) throws -> Changes {
      Changes(Dictionary(uniqueKeysWithValues: try paths.map { (try #require(TreePath($0)), .remove) }))
    }
    #expect(try changes(own).overlap(with: changes(other))?.description == path)
  }
}

@Suite("TreePath") struct TreePathTests {
  @Test("paths that could lead out are no paths", arguments: ["", "/a", "a//b", "..", "a/../b", "./a", "a/.", "a\0b"])
  func refused(text: String) { #expect(TreePath(text) == nil) }
}
