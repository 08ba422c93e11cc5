import Testing
import Workspace

@Suite("Revisions of a repository") struct RevisionTests {
  private func repository() throws -> TestFolder {
    let folder = try TestFolder()
    try git(
      folder,
      """
      git init -q -b main . && mkdir -p src tools && printf 'one' > src/a && printf '#!/bin/sh\\n' > tools/run
      chmod +x tools/run && ln -s src/a link && printf 'secret' > .env && git add -A -f && git commit -q -m 1
      git checkout -q -b work && printf 'two' > src/a && printf 'new' > 'src/b c' && git add -A && git commit -q -m 2
      """)
    return folder
  }

  private func git(_ folder: TestFolder, _ script: String) throws {
    let output = try HostCommand(
      ["/bin/sh", "-ec", script],
      environment: [
        "PATH=/usr/bin:/bin", "HOME=/nonexistent", "GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t", "GIT_COMMITTER_NAME=t",
        "GIT_COMMITTER_EMAIL=t", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_COMMITTER_DATE=2020-01-02T03:04:05Z",
      ], folder: folder.path
    ).run()
    #expect(output.status == 0, "\(String(decoding: output.stderr, as: UTF8.self))")
  }

  @Test("names become commits; what is no commit here is nil, also what looks like an option")
  func names() throws {
    let folder = try repository()
    let reader = RevisionReader(folder: folder.path)
    let work = try #require(try reader.revision("work"))
    let main = try #require(try reader.revision("main"))
    #expect(work.time == 1_577_934_245)
    #expect(try reader.revision("HEAD")?.commit == work.commit)
    #expect(try reader.revision("HEAD^")?.commit == main.commit)
    #expect(try reader.mergeBase(main, work)?.commit == main.commit)
    #expect(try reader.mainBranch()?.name == "main")
    #expect(try reader.namedParents(of: work) == 1)
    #expect(try reader.namedParents(of: main) == 0)
    for name in ["", "nowhere", "--all", "-h", "HEAD:src/a"] { #expect(try reader.revision(name) == nil) }
  }

  @Test("a commit's tree has its files, links and modes, without secrets, wherever the work tree stands")
  func tree() throws {
    let folder = try repository()
    let reader = RevisionReader(folder: folder.path)
    let main = try #require(try reader.revision("main"))
    let store = try ObjectStore(root: folder.path + "/.belljar")
    let (tree, notes) = try CommitTree.read(main, root: folder.path, only: ["**"], store: store, owner: nil)
    #expect(tree.items.map(\.path.description) == ["link", "src/a", "tools/run"])
    #expect(notes.isEmpty)
    guard case .file(let digest, false, 3)? = TreePath("src/a").flatMap({ tree[$0] })?.kind else {
      Issue.record("src/a is no plain file of 3 bytes")
      return
    }
    #expect(try store.read(digest) == Array("one".utf8))
    guard case .file(_, true, _)? = TreePath("tools/run").flatMap({ tree[$0] })?.kind else {
      Issue.record("tools/run can't be run")
      return
    }
    #expect(TreePath("link").flatMap { tree[$0] }?.kind == .symlink(Array("src/a".utf8)))
  }

  @Test("a folder and patterns narrow it, and equal contents are equal trees")
  func narrowed() throws {
    let folder = try repository()
    let reader = RevisionReader(folder: folder.path)
    let work = try #require(try reader.revision("work"))
    let store = try ObjectStore(root: folder.path + "/.belljar")
    let (tree, _) = try CommitTree.read(work, root: folder.path + "/src", only: ["b*"], store: store, owner: nil)
    #expect(tree.items.map(\.path.description) == ["b c"])
    let all = try CommitTree.read(work, root: folder.path, only: ["**"], store: store, owner: nil).tree
    let listing = try TreeListing.files(root: folder.path)
    let snapshot = try Snapshot.take(root: folder.path, listing: listing.paths, store: store, now: 1 << 60)
    #expect(all.changes(to: snapshot).isEmpty)
  }

  @Test("a file that git LFS keeps elsewhere is told of")
  func pointers() throws {
    let folder = try repository()
    try git(
      folder,
      "printf 'version https://git-lfs.github.com/spec/v1\\noid x\\n' > large && git add large && git commit -qm l")
    let head = try #require(try RevisionReader(folder: folder.path).revision("HEAD"))
    let store = try ObjectStore(root: folder.path + "/.belljar")
    let notes = try CommitTree.read(head, root: folder.path, only: ["**"], store: store, owner: nil).notes
    #expect(notes == ["large: git LFS keeps it elsewhere, so only its pointer is there"])
  }

  @Test("a shallow clone says so, and names the parents that it lacks")
  func shallow() throws {
    let folder = try repository()
    try git(folder, "git clone -q --depth 1 -b work file://$PWD clone")
    let reader = RevisionReader(folder: folder.path + "/clone")
    #expect(try reader.isShallow())
    let head = try #require(try reader.revision("HEAD"))
    #expect(try reader.revision("HEAD^") == nil)
    #expect(try reader.namedParents(of: head) == 1)
    #expect(try !RevisionReader(folder: folder.path).isShallow())
  }

  @Test("contents of a file of a commit; changes of the work tree, new files among them")
  func contents() throws {
    let folder = try repository()
    let reader = RevisionReader(folder: folder.path)
    let main = try #require(try reader.revision("main"))
    #expect(try reader.contents("src/a", in: main) == Array("one".utf8))
    #expect(try reader.contents("src/none", in: main) == nil)
    #expect(try !reader.hasChanges())
    #expect(try reader.prefix() == "")
    #expect(try RevisionReader(folder: folder.path + "/src").prefix() == "src/")
    try git(folder, "touch fresh")
    #expect(try reader.hasChanges())
  }
}
