import Testing
import Workspace

@Suite("TreeListing") struct TreeListingTests {
  private func list(_ folder: TestFolder, _ name: String, only: [String]? = nil) throws -> [String] {
    names(try TreeListing.files(root: folder(name), only: only).paths)
  }

  @Test("with git: tracked and untracked-not-ignored files that exist, without secrets")
  func git() throws {
    let folder = try TestFolder()
    try folder.sh(
      """
      mkdir -p repo/sub repo/build && cd repo && git init -q
      printf 'build\\n*.o\\n' > .gitignore; touch tracked gone sub/deep x.o build/y forced.o; ln -s /etc link
      touch .env .env.local .env.example id_rsa sub/id_ed25519.pub a.pem b.key; mkdir .belljar; touch .belljar/z
      git add -f . >/dev/null; git reset -q x.o build; rm gone; touch untracked; mkfifo pipe
      """)
    let all = [".env.example", ".gitignore", "forced.o", "link", "sub/deep", "tracked", "untracked"]
    #expect(try list(folder, "repo") == all)
    #expect(try list(folder, "repo/sub") == ["deep"])
    #expect(try list(folder, "repo", only: ["sub", "*.o", "!forced*"]) == ["sub/deep"])
  }

  @Test("nothing of the repository is written: the index has the same bytes, and no program of its configuration runs")
  func readOnly() throws {
    let folder = try TestFolder()
    try folder.sh(
      """
      mkdir repo; cd repo; git init -q; echo 1 > a; git add a; git commit -qm x; sleep 0.01; touch a; echo 2 > b
      printf '#!/bin/sh\\ntouch "%s/ran"\\n' '\(folder.path)' > ../hook; chmod +x ../hook
      git config core.fsmonitor '\(folder.path)/hook'; mkdir h; cp ../hook h/post-index-change; git config core.hooksPath h
      """)
    let state = "cd repo; find .git -type f -exec sha256sum {} + | sort; find .git -printf '%p %T@\\n' | sort"
    let before = try folder.sh(state)
    _ = try TreeListing.files(root: folder("repo"))
    _ = try GitCommand.ignored([try path("a")], root: folder("repo"))
    #expect(try folder.sh(state) == before)
    #expect(try folder.sh("ls").elementsEqual("hook\nrepo\n".utf8))
  }

  @Test("without git: all files, links as links")
  func walk() throws {
    let folder = try TestFolder()
    try folder.sh(
      "mkdir -p plain/a/b plain/.git; cd plain; touch x a/b/c .git/config .env; ln -s a link; ln -s /nowhere dead; mkfifo p"
    )
    #expect(try list(folder, "plain") == ["a/b/c", "dead", "link", "x"])
  }

  @Test("a repository inside the repository is left out with a note", arguments: [true, false])
  func submodule(tracked: Bool) throws {
    let folder = try TestFolder()
    try folder.sh(
      "git init -q repo; cd repo; git init -q inner; cd inner; touch f; git add f; git commit -qm x; cd ..; touch g")
    if tracked { try folder.sh("cd repo; git add inner 2>/dev/null") }
    let listing = try TreeListing.files(root: folder("repo"))
    #expect(names(listing.paths) == ["g"])
    #expect(listing.notes == ["inner: a repository inside the repository (a submodule) is left out"])
  }

  @Test("a tracked folder that became a link is not followed")
  func folderToLink() throws {
    let folder = try TestFolder()
    try folder.sh("git init -q repo; cd repo; mkdir d; touch d/passwd; git add .; rm -r d; ln -s /etc d")
    #expect(try list(folder, "repo") == ["d"])
  }

  @Test("names of any bytes are listed, by git and by walking", arguments: [true, false])
  func hostileNames(git: Bool) throws {
    let folder = try TestFolder()
    try folder.sh("mkdir repo; cd repo; touch -- $'a\\nb' $'\\xff' '-n' ' ' '\"q\"' ':(glob)x'")
    if git { try folder.sh("cd repo; git init -q; git add -A") }
    #expect(try list(folder, "repo") == [" ", "\"q\"", "-n", ":(glob)x", "a\\x0ab", "\\xff"])
  }

  @Test("a folder that the repository around it ignores is a project of its own")
  func ignoredFolder() throws {
    let folder = try TestFolder()
    try folder.sh("git init -q repo; cd repo; echo out > .gitignore; mkdir out; touch out/a")
    let listing = try TreeListing.files(root: folder("repo/out"))
    #expect(names(listing.paths) == ["a"])
    #expect(listing.notes.count == 1)
  }

  @Test("git says which new paths it ignores, also where one lies below a link")
  func ignored() throws {
    let folder = try TestFolder()
    try folder.sh("git init -q repo; cd repo; printf '*.pyc\\nbuild/\\n' > .gitignore; ln -s /etc link; mkdir plain")
    let paths = try ["a.pyc", "build/x", "src/a.c", "link/x.pyc", ":(glob)*.pyc", "d/\n.pyc"].map(path)
    let ignored = try GitCommand.ignored(paths, root: folder("repo"))
    #expect(Set(names(ignored)) == ["a.pyc", "build/x", ":(glob)*.pyc", "d/\\x0a.pyc"])
    #expect(try GitCommand.ignored([], root: folder("repo")).isEmpty)
  }

  @Test("any number of paths below a link and a submodule keep git from none of the others")
  func manyBelowLinks() throws {
    let folder = try TestFolder()
    try folder.sh(
      """
      git init -q repo; cd repo; printf '*.pyc\\n' > .gitignore; ln -s /etc link
      git init -q gone; cd gone; touch f; git add f; git commit -qm x; cd ..; git add gone 2>/dev/null; rm -rf gone
      """)
    var paths = [try path("first.pyc")]
    for number in 0..<5000 { paths += [try path("link/\(number % 50)/\(number).pyc"), try path("gone/\(number).pyc")] }
    paths += [try path("d/last.pyc"), try path("d/last.c")]
    var ignored: Set<TreePath> = []
    // A git for each path takes half a minute and more.
    let took = try ContinuousClock().measure { ignored = try GitCommand.ignored(paths, root: folder("repo")) }
    #expect(Set(names(ignored)) == ["first.pyc", "d/last.pyc"])
    #expect(took < .seconds(10))
  }
}
