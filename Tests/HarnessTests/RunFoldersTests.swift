import Glibc
import Testing
import Workspace

@testable import Harness

@Suite("Folders for runs") struct RunFoldersTests {
  private let place = "/tmp/belljar-run-folders-\(getpid())-\(UInt64.random(in: .min ... .max))"

  @Test("each is new, empty, and the sandbox's own; a used one goes, with what hostile programs put there")
  func turns() throws {
    defer {
      rmdir("\(place)/scratch")
      rmdir(place)
    }
    let folders = RunFolders(try ScratchFolder(stateFolder: place))
    var taken: Set<String> = []
    for _ in 0..<40 {
      let path = try folders.take()
      #expect(taken.insert(path).inserted)
      var about = stat()
      #expect(lstat(path, &about) == 0)
      #expect(about.st_mode & 0o7777 == 0o755)
      if let owner = Workbench.owner { #expect(about.st_uid == owner.user && about.st_gid == owner.group) }
      #expect(rmdir(path) == 0, "it was not empty")
      #expect(mkdir(path, 0o755) == 0)
      #expect(mkdir("\(path)/closed", 0o755) == 0)
      #expect(symlink("/", "\(path)/closed/link") == 0)
      #expect(chmod("\(path)/closed", 0) == 0)
      folders.clear([path])
    }
    folders.settle()
    for path in taken { #expect(access(path, F_OK) == -1 && errno == ENOENT) }
  }

  @Test("nothing is left of them, also of those that nobody took or that were still to be removed")
  func ends() throws {
    for _ in 0..<20 {
      let folders = RunFolders(try ScratchFolder(stateFolder: place))
      folders.clear([try folders.take(), try folders.take()])
    }
    #expect(rmdir("\(place)/scratch") == 0, "\(String(cString: strerror(errno)))")
    #expect(rmdir(place) == 0)
  }
}
