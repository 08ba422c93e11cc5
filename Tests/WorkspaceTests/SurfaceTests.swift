import Testing
import Workspace

@Suite("Surface") struct SurfaceTests {
  @Test("the last pattern that matches wins")
  func lastWins() throws {
    let surface = try Surface(
      editable: ["src/**", "!src/version.h", "!src/gen*", "src/gen/mine.c"], hidden: ["grading*"])
    #expect(surface.isEditable(try path("src/a/b.c")))
    #expect(!surface.isEditable(try path("src/version.h")))
    #expect(!surface.isEditable(try path("src/gen/x/y.c")))
    #expect(surface.isEditable(try path("src/gen/mine.c")))
    #expect(!surface.isEditable(try path("Makefile")))
    #expect(surface.isHidden(try path("grading/deep/x")))
    #expect(surface.isHidden(try path("grading-two")))
  }

  @Test(
    "what is never part of a tree is not editable",
    arguments: [
      ".git/hooks/pre-commit", "sub/.git", ".env", "a/.env.local", "id_rsa", "id_ed25519.pub", "x/server.pem",
      "tls.key",
      ".belljar/x",
    ])
  func never(name: String) throws {
    #expect(try !Surface(editable: ["**"]).isEditable(path(name)))
  }

  @Test(".env.example is an ordinary file")
  func example() throws { #expect(try Surface(editable: ["**"]).isEditable(path(".env.example"))) }

  @Test("a hidden pattern can't be negated")
  func negatedHidden() {
    #expect(throws: WorkspaceError.self) { try Surface(editable: ["**"], hidden: ["!a"]) }
  }

  @Test("changes are accepted, dropped as litter, or violations")
  func classify() throws {
    let folder = try TestFolder()
    let store = try folder.store()
    let base = try tree(["src/a.c": "1", "src/b.c": "1", "Makefile": "1", "test.sh": "1", "grading/x": "1"], store)
    let new = try tree(
      [
        "src/a.c": "2", "src/n.c": "1", "Makefile": "2", "grading/x": "1", "grading/y": "1", "new.txt": "1",
        "src/o.pyc": "1", ".git/config": "1", "src/.env": "1",
      ], store)
    let changes = base.changes(to: new)
    let ignored = { (path: TreePath) in path.description.hasSuffix(".pyc") }
    let rejecting = try Surface(editable: ["src/**"], hidden: ["grading/**"])
    let result = rejecting.classify(changes, base: base, ignoredByGit: ignored)
    #expect(names(result.accepted.sorted.map(\.path)) == ["src/a.c", "src/b.c", "src/n.c"])
    #expect(names(result.litter) == [".git/config", "src/.env", "src/o.pyc"])
    #expect(names(result.violations) == ["Makefile", "grading/y", "new.txt", "test.sh"])
    #expect(result.overLimit == nil)
    let dropping = try Surface(editable: ["src/**"], hidden: ["grading/**"], outside: .drop)
    let dropped = dropping.classify(changes, base: base, ignoredByGit: ignored)
    #expect(names(dropped.litter) == [".git/config", "new.txt", "src/.env", "src/o.pyc"])
    #expect(names(dropped.violations) == ["Makefile", "grading/y", "test.sh"])
  }

  @Test("an editable folder that becomes a link is a violation")
  func folderToLink() throws {
    let folder = try TestFolder()
    let base = try tree(["src/a.c": "1"], try folder.store())
    let changes = Changes([
      try path("src"): .write(Entry(.symlink(Array("/etc".utf8)), modified: 0)), try path("src/a.c"): .remove,
    ])
    let surface = try Surface(editable: ["src/**"], outside: .drop)
    #expect(names(surface.classify(changes, base: base) { _ in false }.violations) == ["src"])
  }

  @Test("limits count files and bytes")
  func limits() throws {
    let folder = try TestFolder()
    let new = try tree(["a": "12345", "b": "12345"], try folder.store())
    let changes = Tree().changes(to: new)
    let files = try Surface(editable: ["**"], maxFiles: 1).classify(changes, base: Tree()) { _ in false }
    #expect(files.overLimit == "it changes 2 files, the limit is 1")
    let bytes = try Surface(editable: ["**"], maxBytes: 9).classify(changes, base: Tree()) { _ in false }
    #expect(bytes.overLimit == "its changed files have 10 bytes, the limit is 9")
    #expect(
      try Surface(editable: ["**"], maxFiles: 2, maxBytes: 10).classify(changes, base: Tree()) { _ in false }.overLimit
        == nil)
  }
}
