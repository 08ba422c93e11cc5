import Digests
import Glibc
import Testing

@testable import Workspace

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

  /// A time at which everything that was written until now is settled.
  private static func later() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec + 60) * 1_000_000_000
  }

  private func take(_ folder: TestFolder, now: Int64 = later()) throws -> Tree {
    let listing = try TreeListing.files(root: folder("p"))
    return try Snapshot.take(
      root: folder("p"), listing: listing.paths, store: try folder.store(), now: now, index: folder("index"))
  }

  /// Makes the index say that every file holds something else.
  private func forgeIndex(_ folder: TestFolder) throws {
    let forged = try folder.store().put(Array("F".utf8))
    var index = SnapshotIndex()
    for record in SnapshotIndex(reading: folder("index")).records {
      index.append(.init(path: record.path, fingerprint: record.fingerprint, digest: forged))
    }
    try index.write(to: folder("index"))
  }

  private func contents(_ tree: Tree, _ folder: TestFolder) throws -> [String] {
    try tree.items.compactMap { item in
      guard case .file(let digest, _, _) = item.entry.kind else { return nil }
      return "\(item.path)=" + String(decoding: try folder.store().read(digest), as: UTF8.self)
    }
  }

  @Test("a file that did not change since is not read again")
  func remembered() throws {
    let folder = try TestFolder()
    try folder.sh("mkdir -p p/d; printf 1 > p/a; printf 1 > p/d/b; chmod +x p/d/b; ln -s a p/l")
    let first = try take(folder)
    #expect(try take(folder) == first)
    try forgeIndex(folder)
    #expect(try contents(take(folder), folder) == ["a=F", "d/b=F"])
  }

  @Test(
    "a file that was changed in any way is read again, also where its size and time are as they were",
    arguments: [
      "printf 2 > p/a", "chmod +x p/a", "touch -r p/a t; printf 2 > p/a; touch -r t p/a",
      "printf 2 > p/n; touch -r p/a p/n; mv p/n p/a", "rm p/a; cp p/b p/a; touch -r p/b p/a",
    ])
  func changed(script: String) throws {
    let folder = try TestFolder()
    try folder.sh("mkdir p; printf 1 > p/a; printf 1 > p/b; touch -d @1000 p/*")
    _ = try take(folder)
    try forgeIndex(folder)
    try folder.sh(script)
    let now = try folder.tree("p")
    #expect(try contents(take(folder), folder) == [contents(now, folder)[0], "b=F"])
  }

  @Test("a file that was written just before it was read is read again, and so is one of the future")
  func racilyClean() throws {
    let folder = try TestFolder()
    try folder.sh("mkdir p; printf 1 > p/a; printf 1 > p/b; touch -d 2100-01-01 p/b")
    let now = Self.later() - 60_000_000_000
    _ = try take(folder, now: now)
    try forgeIndex(folder)
    #expect(try contents(take(folder, now: now), folder) == ["a=1", "b=1"])
  }

  @Test("an index that is cut, changed or none, and an object that is gone, only cost a reading")
  func damagedIndex() throws {
    let folder = try TestFolder()
    try folder.sh("mkdir p; printf 1 > p/a")
    let tree = try take(folder)
    try folder.sh("cp index good; rm -rf store")
    for script in [
      "head -c 60 good > index", "printf x >> index", ": > index", "rm index; mkfifo index", "rm -rf store",
      "find store -type f -exec chmod u+w {} + -exec truncate -s 0 {} +",
    ] {
      try folder.sh("rm -f index; cp good index; chmod u+w index; \(script)")
      #expect(try take(folder) == tree)
      #expect(try contents(tree, folder) == ["a=1"])
    }
  }
}
