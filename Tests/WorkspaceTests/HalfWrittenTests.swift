import Testing

@testable import Workspace

@Suite("What a killed process was writing") struct HalfWrittenTests {
  @Test("it is removed at the next start; what a living process writes is not") func reclaimed() throws {
    let folder = try TestFolder()
    let store = try ObjectStore(root: folder.path)
    let incoming = "\(folder.path)/incoming"
    try folder.sh("echo half | tee incoming/.new-1-1-77 .new-999999999-5-8 incoming/.new-odd incoming/other")
    let living = try TemporaryObject(in: incoming)
    try ScratchFolder.reclaim(stateFolder: folder.path)
    let left = try HostFolder.names(incoming)
    #expect(left.contains("other"))
    #expect(left.count == 2, "\(left)")
    try withExtendedLifetime(living) { try living.file.write(Array("x".utf8)) }
    #expect(try HostFolder.names(folder.path).contains { $0.hasPrefix(".new-") } == false)
    let digest = try store.put(Array("whole".utf8))
    #expect(try store.read(digest) == Array("whole".utf8))
  }
}
