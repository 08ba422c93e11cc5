import Digests
import Testing
import Workspace

@Suite("Snapshot") struct SnapshotTests {
  @Test("files, links, modes and times are taken, times no later than now")
  func plain() throws {
    let folder = try TestFolder()
    try folder.sh(
      """
      mkdir -p p/d; cd p; printf one > a; printf two > d/b; chmod +x d/b; ln -s ../a d/l
      touch -d @1000.5 a; touch -d '2100-01-01' d/b; touch -h -d @2000 d/l
      """)
    let tree = try folder.tree("p", now: 3_000_000_000_000)
    #expect(names(tree.items.map(\.path)) == ["a", "d/b", "d/l"])
    #expect(
      tree.items.map(\.entry) == [
        Entry(.file(Digest(of: "one".utf8), executable: false, size: 3), modified: 1_000_500_000_000),
        Entry(.file(Digest(of: "two".utf8), executable: true, size: 3), modified: 3_000_000_000_000),
        Entry(.symlink(Array("../a".utf8)), modified: 2_000_000_000_000),
      ])
    #expect(try folder.store().read(Digest(of: "two".utf8)) == Array("two".utf8))
  }

  @Test("a listed path that is gone, a FIFO, a socket, a folder or behind a link is left out, and nothing hangs")
  func swapped() throws {
    let folder = try TestFolder()
    try folder.sh(
      "mkdir p; cd p; touch a; mkfifo fifo; mkdir dir; ln -s /etc etc; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")' || true"
    )
    let listing = try ["a", "gone", "fifo", "dir", "sock", "etc/passwd", "a/x"].map(path)
    let tree = try Snapshot.take(root: folder("p"), listing: listing, store: try folder.store(), now: 0)
    #expect(names(tree.items.map(\.path)) == ["a"])
  }

  @Test("names of any bytes go in and come out again")
  func hostileNames() throws {
    let folder = try TestFolder()
    try folder.sh(
      "mkdir -p p/$'d\\n'; cd p; for n in $'a\\nb' $'\\xff' '-n' ' '; do printf x > \"./$n\"; printf y > $'d\\n/'\"$n\"; done"
    )
    let tree = try folder.tree("p", now: 0)
    #expect(tree.items.count == 8)
    try LayerFolder.materialise(tree: tree, store: try folder.store(), into: folder("q"))
    try folder.sh("diff -r p q")
    #expect(try folder.tree("q", now: 0) == tree)
  }
}
