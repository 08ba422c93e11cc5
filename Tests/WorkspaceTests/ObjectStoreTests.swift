import Digests
import Glibc
import Testing
import Workspace

@Suite("ObjectStore") struct ObjectStoreTests {
  @Test("what is put is read again", arguments: [0, 1, 65536, 1 << 20, (1 << 20) + 1, 3 << 20])
  func roundTrip(size: Int) throws {
    let folder = try TestFolder()
    let store = try folder.store()
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let digest = try store.put(bytes, durable: true)
    #expect(digest == Digest(of: bytes))
    #expect(try store.read(digest) == bytes)
    #expect(store.contains(digest))
    let file = open(store.path(digest), O_RDONLY)
    defer { close(file) }
    let second = try ObjectStore(root: folder("second"))
    let stored = try #require(try second.put(fileDescriptor: file, durable: true))
    #expect(stored.digest == digest && stored.size == size)
    #expect(try second.read(digest) == bytes)
  }

  @Test("objects are read-only files in a private folder, and nothing else is left")
  func modes() throws {
    let folder = try TestFolder()
    let store = try folder.store()
    for _ in 0..<2 { _ = try store.put(Array("x".utf8)) }
    #expect(String(decoding: try folder.sh("find store -type f -printf '%m %s\n'"), as: UTF8.self) == "444 1\n")
    #expect(try folder.sh("find store/objects -type d -not -perm 700").isEmpty)
  }

  @Test("a file above the limit is not taken")
  func limit() throws {
    let folder = try TestFolder()
    try folder.sh("truncate -s 2000000 big; truncate -s 11 small")
    let store = try folder.store()
    for (name, limit) in [("big", 1_999_999), ("small", 10)] {
      let file = open(folder(name), O_RDONLY)
      defer { close(file) }
      #expect(try store.put(fileDescriptor: file, limit: limit) == nil)
    }
    #expect(try folder.sh("find store -type f").isEmpty)
  }

  @Test("a damaged object is an error, a cut one is written again")
  func damage() throws {
    let folder = try TestFolder()
    let store = try folder.store()
    let digest = try store.put(Array("right".utf8))
    try folder.sh("chmod 644 '\(store.path(digest))'; printf wrong > '\(store.path(digest))'")
    #expect(throws: WorkspaceError.self) { try store.read(digest) }
    try folder.sh(": > '\(store.path(digest))'")
    _ = try store.put(Array("right".utf8))
    #expect(try store.read(digest) == Array("right".utf8))
    #expect(throws: WorkspaceError.self) { try store.read(Digest(of: [1])) }
  }

  @Test("many writers of the same contents agree")
  func concurrent() async throws {
    let folder = try TestFolder()
    let store = try folder.store()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask { for number in 0..<200 { _ = try store.put(Array("\(number)".utf8)) } }
      }
      try await group.waitForAll()
    }
    #expect(try folder.sh("find store -type f").filter { $0 == 0x0A }.count == 200)
    for number in 0..<200 { #expect(try store.read(Digest(of: "\(number)".utf8)) == Array("\(number)".utf8)) }
  }
}
