import Glibc
import Testing
import Workspace

@testable import Agents

/// Whether `mutate` mends the bugs of harness/bugfix, with the real compiler and the real tests. It takes minutes:
/// `BELLJAR_BUGFIX=1 swift test --filter BugfixHarness` prints the table of tries; another number is another seed.
@Suite("BugfixHarness", .enabled(if: getenv("BELLJAR_BUGFIX") != nil), .serialized) struct BugfixHarnessTests {
  private static let names = ["date", "hex", "matrix", "number", "ring", "search", "sort", "text"]
  private static let seed = getenv("BELLJAR_BUGFIX").flatMap { UInt64(String(cString: $0)) } ?? 1
  private static let compile = "cc -std=gnu11 -O1 -Iinclude -c"

  @Test("at least eight of the ten bugs are mended within 300 tries") func mends() throws {
    var template = Array("/tmp/belljar-bugfix-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } != nil }
    try #require(made)
    let work = template.withUnsafeBufferPointer { buffer in buffer.baseAddress.map { String(cString: $0) } ?? "" }
    defer { _ = shell("rm -rf '\(work)'") }
    var mended = 0
    for number in 1...10 {
      let tries = try mend(number, in: "\(work)/\(number)", most: 300)
      print("bug \(number): \(tries.map { "mended in \($0.count) tries by \($0.key)" } ?? "not mended")")
      fflush(nil)
      if tries != nil { mended += 1 }
    }
    #expect(mended >= 8)
  }

  private func mend(_ number: Int, in folder: String, most: Int) throws -> (count: Int, key: String)? {
    try #require(shell("'\(harnessFolder())/bugfix/plant' \(number) '\(folder)'"))
    // As make does, but with the objects of unchanged files kept: most of a try is the compiler's time.
    try #require(shell("cd '\(folder)' && \(Self.compile) tests/test.c src/*.c && cc -o run-tests *.o"))
    try #require(!shell("cd '\(folder)' && ./run-tests"))
    let clues = try failing(in: folder)
    var champion: [TreePath: [UInt8]] = [:]
    for name in Self.names {
      let path = try #require(TreePath("src/\(name).c"))
      let bytes = try #require(contents("\(folder)/\(path)"))
      champion[path] = bytes
    }
    var history: [PastTry] = []
    while history.count < most,
      let next = try MutateAgent(clues: clues).propose(
        champion: champion, history: history, seed: UInt64(number) &+ Self.seed)
    {
      let passed = try passes(next, in: folder)
      history.append(PastTry(key: next.key, kept: passed, valid: passed, ratio: nil))
      if passed { return (history.count, next.key) }
    }
    return nil
  }

  /// The names of the failing tests and what they print, as a loop hands them on.
  private func failing(in folder: String) throws -> [String] {
    _ = shell("cd '\(folder)' && (./run-tests 2> output; true) | sed -n 's/^not ok [0-9]* - //p' > names")
    return try ["names", "output"].map { String(decoding: try #require(contents("\(folder)/\($0)")), as: UTF8.self) }
  }

  private func passes(_ proposal: EditProposal, in folder: String) throws -> Bool {
    let path = try #require(proposal.files.keys.first)
    let name = try #require(path.description.split(separator: "/").last?.dropLast(2))
    try write(proposal.files[path] ?? [], to: "\(folder)/try.c")
    return shell(
      """
      cd '\(folder)' && mkdir -p others && rm -f others/* run-tests && cp *.o others/ && rm others/\(name).o \
        && \(Self.compile) -o others/try.o try.c && cc -o run-tests others/*.o && ./run-tests
      """)
  }

  private func shell(_ command: String) -> Bool {
    system("(\(command)) > /dev/null 2>&1") == 0
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  }
}
