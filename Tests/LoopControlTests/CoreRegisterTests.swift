import FoundationEssentials
import Testing

@testable import LoopControl

@Suite("The register of processors") struct CoreRegisterTests {
  private func withRegister(_ body: ([String]) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "belljar-register-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(["\(folder)/missing/x", "\(folder)/cores.lock"])
  }

  @Test("loops get different processors where there are enough, and share those that the fewest hold where not")
  func sharing() throws {
    try withRegister { places in
      let first = try CoreRegister(places: places)
      let second = try CoreRegister(places: places)
      let third = try CoreRegister(places: places)
      let taken = try [first, second, third].map { try $0.take(2, of: [0, 1, 2]) }
      #expect(taken.map(\.cores) == [[0, 1], [0, 2], [1, 2]])
      #expect(taken.map(\.shared) == [[], [0], [1, 2]])
      withExtendedLifetime((first, second, third)) {}
    }
  }

  @Test("what one held is free at its end") func release() throws {
    try withRegister { places in
      var first: CoreRegister? = try CoreRegister(places: places)
      #expect(try first?.take(1, of: [4, 5]).cores == [4])
      let second = try CoreRegister(places: places)
      #expect(try second.take(1, of: [4, 5]).cores == [5])
      first = nil
      let third = try CoreRegister(places: places)
      let taken = try third.take(1, of: [4, 5])
      #expect(taken.cores == [4])
      #expect(taken.shared.isEmpty)
      withExtendedLifetime((second, third)) {}
    }
  }

  @Test("where no place lets us have the file, the error names all of them") func nowhere() throws {
    let error = #expect(throws: (any Error).self) { try CoreRegister(places: ["/nowhere/a", "/proc/self/b"]) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("/nowhere/a, /proc/self/b"))
  }
}
