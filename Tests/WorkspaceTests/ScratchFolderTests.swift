import CLinux
import Glibc
import Testing
import Workspace

@Suite("ScratchFolder") struct ScratchFolderTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func scratch() throws -> [String] {
    try folder.sh("ls state/scratch").split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("each is a private folder of its own, gone with its holder")
  func lifetime() throws {
    do {
      let one = try ScratchFolder(stateFolder: folder("state"))
      let two = try ScratchFolder(stateFolder: folder("state"))
      #expect(one.path != two.path)
      #expect(try scratch().count == 2)
      #expect(try folder.sh("stat -c %a '\(one.path)'") == Array("700\n".utf8))
      try folder.sh("mkdir '\(two.path)/x'; touch '\(two.path)/x/y'; chmod 000 '\(two.path)'")
      try one.remove()
    }
    #expect(try scratch().isEmpty)
  }

  @Test("where a file system takes no user attributes is an error that says what to do", .enabled(if: geteuid() == 0))
  func noAttributes() throws {
    try folder.sh("mkdir state && mount -t ramfs belljar-test state")
    defer { _ = try? folder.sh("umount state") }
    let error = #expect(throws: WorkspaceError.self) { try ScratchFolder(stateFolder: folder("state")) }
    #expect(error?.advice?.contains("XDG_STATE_HOME") == true, "\(String(describing: error))")
    #expect(try scratch().isEmpty)
  }

  @Test("what dead processes left is reclaimed, what living ones use is not")
  func reclaim() throws {
    let mine = try ScratchFolder(stateFolder: folder("state"))
    let start = mine.path.split(separator: "-").dropLast().last ?? ""
    try folder.sh(
      """
      cd state/scratch; mkdir -p 999999999-5-0/x '\(getpid())-1-0' other 1-2-3-4; touch 999999999-5-0/x/y
      chmod 000 999999999-5-0
      """)
    #expect(try ScratchFolder.reclaim(stateFolder: folder("state")).isEmpty)
    #expect(try scratch() == ["1-2-3-4", "\(getpid())-\(start)-0", "other"].sorted())
    #expect(try ScratchFolder.reclaim(stateFolder: folder("none")).isEmpty)
  }

  @Test("a folder that another pid namespace's process holds is not reclaimed")
  func locked() throws {
    try folder.sh("mkdir -p state/scratch/999999999-5-0")
    let held = open(folder("state/scratch/999999999-5-0"), O_RDONLY)
    #expect(flock(held, LOCK_SH) == 0)
    try ScratchFolder.reclaim(stateFolder: folder("state"))
    #expect(try scratch().count == 1)
    flock(held, LOCK_UN)
    close(held)
    try ScratchFolder.reclaim(stateFolder: folder("state"))
    #expect(try scratch().isEmpty)
  }
}

@Suite("TreeRemoval") struct TreeRemovalTests {
  @Test(
    "what hostile programs leave is removed, and nothing outside is touched",
    arguments: [
      "mkdir t; ln -s ../keep t/l; ln -s . t/self; ln -s /etc t/etc",
      "mkdir -p t/a/b/c; touch t/a/b/c/d; chmod 000 t/a/b/c t/a/b t/a t",
      "mkdir t; cd t; python3 -c 'import os\nfor i in range(2000): os.mkdir(\"d\"*100); os.chdir(\"d\"*100)'",
      "mkdir -p t/x/a/b t/.belljar-removing-1/q; touch t/.belljar-removing-2 t/.belljar-removing-1/f",
      "mkdir t; mkfifo t/p; cd t; touch -- $'a\\nb' $'\\xff' '-n'; mkdir -p -- '-d/-e/-f'",
      "mkdir t; cd t; mkdir -p {a..j}/{a..j}/{a..j}; touch {a..j}/{a..j}/{a..j}/f",
      "ln -s keep t", "touch t", "true",
    ])
  func removes(script: String) throws {
    let folder = try TestFolder()
    try folder.sh("mkdir keep; touch keep/f; \(script)")
    try TreeRemoval.removeTree(folder("t"))
    #expect(try folder.sh("ls") == Array("keep\n".utf8))
    #expect(try folder.sh("ls keep") == Array("f\n".utf8))
  }

  @Test("an ordinary user removes its own folders of mode 000")
  func ordinaryUser() throws {
    guard geteuid() == 0 else { return }
    let folder = try TestFolder()
    try folder.sh(
      "mkdir -p t/a/b/c t/x/y; touch t/a/b/c/d t/x/y/z; chmod 000 t/a/b/c t/a/b t/a t/x/y t/x t; chown -R 65534 .")
    _ = linux_set_file_user(65534)
    defer { _ = linux_set_file_user(0) }
    try TreeRemoval.removeTree(folder("t"))
    #expect(access(folder("t"), F_OK) == -1)
  }
}
