import Testing
import Workspace

@Suite("UnifiedPatch") struct UnifiedPatchTests {
  let folder: TestFolder
  let store: ObjectStore

  init() throws {
    folder = try TestFolder()
    store = try folder.store()
  }

  @Test("a small change reads as git writes it")
  func plain() throws {
    let old = try tree(["src/a.c": "one\ntwo\n", "same": "x\n"], store)
    let new = try tree(["src/a.c": "one\n2\n", "same": "x\n", "new": "n\n"], store)
    let patch = String(
      decoding: try UnifiedPatch.between(old, new, store: store, stateFolder: folder("state")), as: UTF8.self)
    let lines = patch.split(separator: "\n").filter { !$0.hasPrefix("index ") }
    #expect(
      lines == [
        "diff --git a/new b/new", "new file mode 100644", "--- /dev/null", "+++ b/new", "@@ -0,0 +1 @@", "+n",
        "diff --git a/src/a.c b/src/a.c", "--- a/src/a.c", "+++ b/src/a.c", "@@ -1,2 +1,2 @@", " one", "-two", "+2",
      ])
    #expect(try folder.sh("ls state/scratch").isEmpty)
    #expect(try UnifiedPatch.between(old, old, store: store, stateFolder: folder("state")).isEmpty)
  }

  @Test("git apply makes the new tree of the old one: binaries, links, modes, hostile names, attribute files")
  func applies() throws {
    try folder.sh(
      """
      mkdir -p old new
      cd old; printf 'a\\r\\nb\\r\\n' > crlf; printf '* text eol=lf\\n*.bin -diff\\ncrlf filter=x\\n' > .gitattributes
      head -c 3000 /dev/urandom > x.bin; touch gone $'n\\nl' '"q" b'; ln -s a link; printf run > tool; mkdir f; printf 1 > f/in; printf 1 > dir
      cp -a . ../new; cd ../new; printf 'a\\r\\nc\\r\\n' > crlf; head -c 3000 /dev/urandom > x.bin; rm gone; printf 2 > $'n\\nl'
      printf 2 > '"q" b'; ln -sf b link; chmod +x tool; printf 3 > $'\\xff new'; rm -r f dir; printf 2 > f; mkdir dir; printf 2 > dir/in
      """)
    let old = try folder.tree("old")
    let new = try folder.tree("new")
    let patch = try UnifiedPatch.between(old, new, store: store, stateFolder: folder("state"))
    _ = try GitCommand.run(["init", "-q", "."], in: folder("old"))
    try folder.sh("rm old/.gitattributes")
    let result = try GitCommand.output(["apply", "--whitespace=nowarn", "-"], in: folder("old"), stdin: patch)
    #expect(result.status == 0, "\(String(decoding: result.stderr, as: UTF8.self))")
    try folder.sh("rm new/.gitattributes")
    #expect(try folder.tree("old").contentDigest == folder.tree("new").contentDigest)
  }
}
