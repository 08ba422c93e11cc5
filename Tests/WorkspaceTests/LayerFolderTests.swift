import Digests
import Glibc
import Testing
import Workspace

@Suite("LayerFolder") struct LayerFolderTests {
  let folder: TestFolder
  let store: ObjectStore

  init() throws {
    folder = try TestFolder()
    store = try folder.store()
  }

  private func list(_ name: String) throws -> [String] {
    try folder.sh("cd \(name); find . -mindepth 1 -printf '%P %y %m %U:%G %n %T@ %l\n' | sort").split(separator: 0x0A)
      .map {
        String(decoding: $0, as: UTF8.self)
      }
  }

  @Test("a tree is written with modes and times, as copies of its own")
  func whole() throws {
    let one = try store.put(Array("one".utf8))
    let tree = Tree([
      .init(try path("d/e/f"), Entry(.file(one, executable: true, size: 3), modified: 1_500_000_000)),
      .init(try path("d/g"), Entry(.file(one, executable: false, size: 3), modified: 500_000_000)),
      .init(try path("l"), Entry(.symlink(Array("d/g".utf8)), modified: 7_000_000_000)),
      .init(try path("z"), Entry(.file(try store.put([]), executable: false, size: 0), modified: 0)),
    ])
    try LayerFolder.materialise(tree: tree, store: store, into: folder("out"))
    let owner = "\(geteuid()):\(getegid())"
    #expect(
      try list("out").filter { !$0.contains(" d ") } == [
        "d/e/f f 755 \(owner) 1 1.5000000000 ", "d/g f 644 \(owner) 1 0.5000000000 ",
        "l l 777 \(owner) 1 7.0000000000 d/g", "z f 644 \(owner) 1 0.0000000000 ",
      ])
    #expect(try folder.sh("find out -type d -not -perm 755").isEmpty)
    #expect(try folder.tree("out") == tree)
  }

  @Test("a layer that is only read has links to the objects that have its times and modes, each object once")
  func sharing() throws {
    try folder.sh(
      "mkdir p; cd p; for n in a b c; do printf $n > $n; done; printf a > twin; printf b > moved; chmod +x c; touch -d @5 *; touch -d @7 moved"
    )
    let listing = try TreeListing.files(root: folder("p"))
    let owner = Owner(user: geteuid(), group: getegid())
    let tree = try Snapshot.take(root: folder("p"), listing: listing.paths, store: store, now: .max, owner: owner)
    try LayerFolder.materialise(tree: tree, store: store, into: folder("out"), owner: owner, sharesObjects: true)
    #expect(
      try folder.sh("find out -type f -printf '%P %n\n' | sort") == Array("a 2\nb 2\nc 2\nmoved 1\ntwin 1\n".utf8))
    #expect(try folder.tree("out") == tree)
    try TreeRemoval.removeTree(folder("out"))
    for item in tree.items {
      guard case .file(let digest, _, _) = item.entry.kind else { continue }
      _ = try store.read(digest)
    }
  }

  @Test("places to mount on are made where there is nothing, and through no link of the tree")
  func places() throws {
    try folder.sh("mkdir -p out/d host; ln -s ../host out/link; ln -s ../host/new out/dangling; printf 1 > out/f")
    for name in ["d/x/y", "f", "f/x", "link", "link/x", "link/x/y", "dangling", "new"] {
      try LayerFolder.makePlace(path(name), isFolder: false, in: folder("out"))
      try LayerFolder.makePlace(path(name + "-folder"), isFolder: true, in: folder("out"))
    }
    #expect(try folder.sh("ls host").isEmpty)
    #expect(try folder.sh("cat out/f") == Array("1".utf8))
    #expect(
      try folder.sh("cd out; find . -type f -printf '%P\\n' | sort") == Array("d/x/y\nf\nnew\n".utf8))
    #expect(try folder.sh("cd out; ls -d d/x/y-folder new-folder").count > 0)
  }

  @Test("root gives a layer to another user")
  func owner() throws {
    guard geteuid() == 0 else { return }
    let tree = Tree([
      .init(try path("d/f"), Entry(.file(try store.put([1]), executable: false, size: 1), modified: 0)),
      .init(try path("d/l"), Entry(.symlink([0x78]), modified: 0)),
    ])
    try LayerFolder.materialise(tree: tree, store: store, into: folder("out"), owner: Owner(user: 1234, group: 5678))
    #expect(try folder.sh("find out -not -uid 1234 -o -not -gid 5678").isEmpty)
  }

  @Test("times before 1970 and far beyond it survive", arguments: [-500_000_000, -1, 4_000_000_000_000_000_001])
  func times(modified: Int64) throws {
    let entry = Entry(.file(try store.put([1]), executable: false, size: 1), modified: modified)
    let tree = Tree([.init(try path("f"), entry)])
    try LayerFolder.materialise(tree: tree, store: store, into: folder("out"))
    #expect(try folder.tree("out") == tree)
  }

  @Test("large files are copied whole")
  func large() throws {
    let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let tree = Tree([
      .init(try path("f"), Entry(.file(try store.put(bytes), executable: false, size: bytes.count), modified: 0))
    ])
    try LayerFolder.materialise(tree: tree, store: store, into: folder("out"))
    #expect(try folder.tree("out") == tree)
  }

  @Test("a missing object, or one of another size, is an error")
  func missing() throws {
    let entry = Entry(.file(Digest(of: [9]), executable: false, size: 1), modified: 0)
    #expect(throws: WorkspaceError.self) {
      try LayerFolder.materialise(tree: Tree([.init(path("f"), entry)]), store: store, into: folder("out"))
    }
    let wrong = Entry(.file(try store.put([9]), executable: false, size: 2), modified: 0)
    #expect(throws: WorkspaceError.self) {
      try LayerFolder.materialise(tree: Tree([.init(path("f"), wrong)]), store: store, into: folder("out2"))
    }
  }

  /// Trees to change into each other: files for folders, folders for files, everything and nothing.
  static let pairs: [([String: String], [String: String])] = [
    (["a": "1", "b": "1"], ["a": "2"]),
    (["a": "1"], ["a/b/c": "1"]),
    (["a/b/c": "1", "a/d": "1"], ["a": "1"]),
    (["a/b/c": "1", "a/b/d": "1"], ["a/b": "1"]),
    (["a/b": "1", "c": "1"], ["c": "1"]),
    (["a/b": "1", "a/c": "1"], [:]),
    ([:], ["x/y": "1"]),
    (["a": "1", "a-b": "1", "d/e/f": "1"], ["a/x": "1", "d/e": "2", "a-b": "1"]),
  ]

  @Test("a layer reads back as the changes that it was made of", arguments: pairs, [true, false])
  func roundTrip(pair: ([String: String], [String: String]), drop: Bool) throws {
    let base = try tree(pair.0, store)
    let new = try tree(pair.1, store)
    let changes = base.changes(to: new)
    try LayerFolder.materialise(
      changes: changes, over: base, store: store, into: folder("layer"), dropEmptyFolders: drop)
    let reading = try UpperLayer.read(folder: folder("layer"), base: base, store: store, now: 1)
    #expect(reading.skipped.isEmpty)
    #expect(base.applying(reading.changes).contentDigest == new.contentDigest)
  }

  @Test("the kernel's overlay shows base and layer as the new tree", arguments: pairs)
  func overlay(pair: ([String: String], [String: String])) throws {
    guard geteuid() == 0 else { return }
    let base = try tree(pair.0, store)
    let new = try tree(pair.1, store, modified: 6_000_000_000)
    try LayerFolder.materialise(tree: base, store: store, into: folder("base"))
    try LayerFolder.materialise(
      changes: base.changes(to: new), over: base, store: store, into: folder("layer"), dropEmptyFolders: true)
    // Mounted in a namespace of its own; an empty upper and the merged view are copied out.
    try folder.sh(
      """
      mkdir up work merged seen
      unshare -m sh -ec 'mount -t overlay overlay -o userxattr,lowerdir=layer:base,upperdir=up,workdir=work merged; cp -a merged/. seen/'
      """)
    #expect(try folder.tree("seen").contentDigest == new.contentDigest)
    #expect(try folder.sh("find seen -mindepth 1 -type d -empty").isEmpty)
  }

  @Test(
    "what programs do to a mounted overlay is read as it is",
    arguments: [
      "rm -rf d", "rm -rf d; mkdir d; printf 9 > d/x", "mv a b", "printf 2 >> a; chmod +x d/e/z",
      "rm a; mkdir a; printf 1 > a/in",
      "rm -rf d; printf 1 > d", "ln -f a hard; rm a", "cp -r d f; rm -rf d/e", "chmod 000 d; ln -s /etc d2",
      "rm -rf a d t", "mv d f", "mv d/e g; mkdir d/e; printf 9 > d/e/n", "mkdir n; mv d n/d; mv n d",
      "printf '\\0\\377' > a; touch $(printf 'x\\ny')",
    ])
  func programs(script: String) throws {
    guard geteuid() == 0 else { return }
    let base = try tree(["a": "1", "d/x": "1", "d/y": "1", "d/e/z": "1", "t": "1"], store)
    try LayerFolder.materialise(tree: base, store: store, into: folder("base"))
    try folder.sh(
      """
      mkdir up work merged seen
      unshare -m sh -ec 'mount -t overlay overlay -o userxattr,lowerdir=base,upperdir=up,workdir=work merged; (cd merged; \(script)); cp -a merged/. seen/'
      """)
    let reading = try UpperLayer.read(folder: folder("up"), base: base, store: store, now: 1)
    #expect(try base.applying(reading.changes).contentDigest == folder.tree("seen").contentDigest)
  }
}
