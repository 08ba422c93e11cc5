import CLinux
import Digests
import Glibc
import Testing
import Workspace

@Suite("UpperLayer") struct UpperLayerTests {
  let folder: TestFolder
  let store: ObjectStore
  let base: Tree
  static let now: Int64 = 9_000_000_000

  init() throws {
    folder = try TestFolder()
    store = try folder.store()
    base = try tree(["a": "1", "d/x": "1", "d/y": "1", "d/e/z": "1", "t": "1"], store)
    try folder.sh("mkdir upper")
  }

  private func read(_ script: String, ignoring: [String] = [], fileLimit: Int = 1 << 20) throws -> UpperReading {
    try folder.sh("cd upper; \(script)")
    return try UpperLayer.read(
      folder: folder("upper"), base: base, store: store, ignoring: ignoring.map(path), now: Self.now,
      fileLimit: fileLimit)
  }

  /// The changes as lines: `- path`, `+ path`.
  private func lines(_ reading: UpperReading) -> [String] {
    reading.changes.sorted.map { path, change in change == .remove ? "- \(path)" : "+ \(path)" }
  }

  private func mark(_ name: String, _ attribute: String = "user.overlay.opaque") throws {
    try folder.sh(
      "python3 -c 'import os,sys; os.setxattr(sys.argv[1], sys.argv[2], b\"y\")' 'upper/\(name)' \(attribute)")
  }

  @Test("new and changed files and links are read, unchanged ones left out")
  func plain() throws {
    let reading = try read(
      "printf 2 > a; mkdir d; printf 1 > d/x; printf 3 > d/new; chmod +x d/new; ln -s /etc l; mkdir empty")
    #expect(lines(reading) == ["+ a", "+ d/new", "+ l"])
    #expect(reading.skipped.isEmpty)
    #expect(
      reading.changes.byPath[try path("d/new")]
        == .write(Entry(.file(Digest(of: "3".utf8), executable: true, size: 1), modified: Self.now)))
    #expect(try store.read(Digest(of: "3".utf8)) == Array("3".utf8))
  }

  @Test("what is unwanted is told of and not stored; as in the base it isn't told of") func unwanted() throws {
    try folder.sh(
      """
      cd upper; mkdir -p d t2 d/e; printf 1 > a; printf 22 > d/x; printf 333 > litter; ln -s litter t2/link; printf 4 > t
      chmod 000 d/e; printf 5 > d/y; chmod 000 d/y
      """)
    var asked: [TreePath] = []
    let reading = try UpperLayer.read(folder: folder("upper"), base: base, store: store, now: Self.now) { files in
      asked = files
      return Set(files.filter { $0 != files.first { "\($0)" == "t" } })
    }
    #expect(asked.sorted().map(\.description) == ["a", "d/x", "d/y", "litter", "t", "t2/link"])
    #expect(lines(reading) == ["+ t"])
    #expect(reading.unread.sorted().map(\.description) == ["d/x", "d/y", "litter", "t2/link"])
    for text in ["22", "333", "5"] { #expect(!store.contains(Digest(of: text.utf8))) }
    #expect(store.contains(Digest(of: "4".utf8)))
    let sorted = try Surface(editable: ["t"], outside: .drop).classify(
      reading.changes, unread: reading.unread, base: base
    ) { _ in false }
    #expect(sorted.accepted.paths.map(\.description) == ["t"])
    #expect(sorted.litter.map(\.description) == ["litter", "t2/link"])
    #expect(sorted.violations.map(\.description) == ["d/x", "d/y"])
  }

  @Test("an unwanted file over an opaque folder leaves the removals beside it") func unwantedOpaque() throws {
    try folder.sh("mkdir upper/d; printf 1 > upper/d/x; printf 2 > upper/d/n")
    try mark("d")
    let reading = try UpperLayer.read(folder: folder("upper"), base: base, store: store, now: Self.now) { Set($0) }
    #expect(lines(reading) == ["- d/e/z", "- d/y"])
    #expect(reading.unread.map(\.description) == ["d/n"])
  }

  @Test("a changed mode alone is a change")
  func mode() throws { #expect(try lines(read("printf 1 > a; chmod +x a")) == ["+ a"]) }

  @Test("a changed file is newer by a whole second than the one it replaces")
  func newer() throws {
    let base = try tree(["a": "1", "b": "1", "c": "1"], store, modified: Self.now + 500_000_000)
    try folder.sh("cd upper; printf 2 > a; printf 2 > new")
    let reading = try UpperLayer.read(folder: folder("upper"), base: base, store: store, now: Self.now + 900_000_000)
    let entry = Entry(.file(Digest(of: "2".utf8), executable: false, size: 1), modified: Self.now + 1_500_000_000)
    #expect(reading.changes.byPath[try path("a")] == .write(entry))
    #expect(reading.changes.byPath[try path("new")] == .write(entry.modified(at: Self.now + 900_000_000)))
  }

  @Test("whiteouts remove files and whole folders; one over nothing is nothing")
  func whiteouts() throws {
    let reading = try read("mknod a c 0 0; mknod d c 0 0; mknod none c 0 0")
    #expect(lines(reading) == ["- a", "- d/e/z", "- d/x", "- d/y"])
    #expect(reading.skipped.isEmpty)
  }

  @Test("an empty file with the whiteout attribute removes")
  func attributeWhiteout() throws {
    try folder.sh(": > upper/a; printf 2 > upper/t")
    try mark("a", "user.overlay.whiteout")
    try mark("t", "user.overlay.whiteout")
    #expect(try lines(read("true")) == ["- a", "+ t"])
  }

  @Test("an opaque folder removes what it doesn't hold")
  func opaque() throws {
    try folder.sh("mkdir -p upper/d/e; printf 1 > upper/d/x; printf 1 > upper/d/n")
    try mark("d")
    #expect(try lines(read("true")) == ["- d/e/z", "+ d/n", "- d/y"])
  }

  @Test("a folder that claims to be another one, renamed, is only what it holds")
  func redirect() throws {
    try folder.sh("mkdir upper/n; printf 1 > upper/n/own")
    try mark("n", "user.overlay.redirect")
    try mark("n/own", "user.overlay.metacopy")
    #expect(try lines(read("true")) == ["+ n/own"])
  }

  @Test("a repository and a secret that an agent leaves are read like any file, and are no part of a tree")
  func repository() throws {
    let reading = try read(
      "mkdir -p .git/hooks d/.git; printf x > .git/hooks/pre-commit; printf x > d/.git/config; printf x > .env")
    #expect(lines(reading) == ["+ .env", "+ .git/hooks/pre-commit", "+ d/.git/config"])
    let sorted = try Surface(editable: ["**"]).classify(reading.changes, base: base) { _ in false }
    #expect(sorted.accepted.isEmpty && sorted.violations.isEmpty)
    #expect(sorted.litter.count == 3)
  }

  @Test("a file in a folder's place and a folder in a file's place")
  func exchanged() throws {
    #expect(
      try lines(read("printf 1 > d; mkdir a; printf 1 > a/in")) == [
        "- a", "+ a/in", "+ d", "- d/e/z", "- d/x", "- d/y",
      ])
  }

  @Test("FIFOs, sockets, devices and large files are skipped with a reason, and what they replace is gone")
  func unusual() throws {
    let reading = try read(
      "mkfifo a p; [ $UID != 0 ] || mknod dev c 1 3; truncate -s 1M t; printf x >> t; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'"
    )
    #expect(lines(reading) == ["- a", "- t"])
    #expect(
      reading.skipped.map { "\($0.path): \($0.reason)" }
        == [
          "a: a FIFO", "dev: a device", "p: a FIFO", "sock: a socket", "t: larger than 1048576 bytes",
        ].filter { geteuid() == 0 || !$0.hasPrefix("dev:") })
  }

  @Test("setuid bits are taken away and told")
  func setuid() throws {
    let reading = try read("printf x > s; chmod 6755 s")
    #expect(lines(reading) == ["+ s"])
    #expect(reading.skipped.map(\.reason) == ["setuid, setgid or sticky bit taken away"])
  }

  @Test("what is ignored is left out, its removal too")
  func ignoring() throws {
    #expect(
      try lines(read("mkdir build; touch build/x build.c; mknod d c 0 0", ignoring: ["build", "d/e"])) == [
        "+ build.c", "- d/x", "- d/y",
      ])
  }

  @Test("names of any bytes are carried")
  func names() throws {
    let reading = try read("for n in $'a\\nb' $'\\xff' '-n' '%s' \"$(printf 'x%.0s' {1..255})\"; do : > \"./$n\"; done")
    #expect(reading.changes.byPath.count == 5)
    #expect(try Changes(serialized: reading.changes.serialized()) == reading.changes)
  }

  @Test("10,000 folders in each other are neither followed to the end nor a crash, and can be removed")
  func deep() throws {
    let reading = try read(
      "python3 -c 'import os\nfor i in range(10000): os.mkdir(\"d\"); os.chdir(\"d\")'; printf 2 > a")
    #expect(lines(reading) == ["+ a"])
    #expect(reading.skipped.map(\.reason) == ["deeper than 512 folders"])
  }

  @Test("a path that becomes too long is skipped")
  func long() throws {
    let reading = try read("python3 -c 'import os\nfor i in range(30): os.mkdir(\"d\"*200); os.chdir(\"d\"*200)'")
    #expect(reading.changes.isEmpty)
    #expect(reading.skipped.count == 1)
  }

  @Test("links out of the folder are carried as links, not followed")
  func links() throws {
    let reading = try read("ln -s /etc d; ln -s loop loop; ln -s /dev/zero a")
    #expect(lines(reading) == ["+ a", "+ d", "- d/e/z", "- d/x", "- d/y", "+ loop"])
  }

  @Test("files and folders of mode 000 are read by their owner, also one who isn't root")
  func unreadable() throws {
    guard geteuid() == 0 else { return }
    try folder.sh(
      "cd upper; printf 2 > a; mkdir d; printf 2 > d/x; mkdir r; printf 2 > r/x; chmod 000 a d; chmod 400 r; chown -R 65534 . ; chmod 000 ."
    )
    let reading = try asNobody { try UpperLayer.read(folder: folder("upper"), base: base, store: store, now: Self.now) }
    #expect(lines(reading) == ["+ a", "+ d/x", "+ r/x"])
  }

  @Test("files of another user that can't be read are skipped, and what they replace is gone")
  func foreign() throws {
    guard geteuid() == 0 else { return }
    try folder.sh("cd upper; printf 2 > a; mkdir s; touch s/in; chmod 000 a s; printf 2 > t")
    let reading = try asNobody { try UpperLayer.read(folder: folder("upper"), base: base, store: store, now: Self.now) }
    #expect(lines(reading) == ["- a", "+ t"])
    #expect(reading.skipped.map(\.path.description) == ["a", "s"])
  }

  /// Does something as an ordinary user, on this thread alone (setfsuid(2) takes the file capabilities away with it).
  private func asNobody<Answer>(_ body: () throws -> Answer) throws -> Answer {
    try folder.sh("chmod 755 .; chown -R 65534 store")
    _ = linux_set_file_user(65534)
    defer { _ = linux_set_file_user(0) }
    return try body()
  }
}
