import Harness
import StrictYAML
import Testing

@Suite("A loop's share of the machine") struct ShareFaultTests {
  private func file(
    _ loop: String, scorer: String = "{name: a, kind: exit-code, role: gate, run: x}"
  ) throws -> HarnessFile {
    try HarnessFile.parse(
      text: "name: n\nsurface: {editable: [a]}\nscorers: [\(scorer)]\nagent: {kind: claude}\nloop: \(loop)\n",
      file: "f")
  }

  @Test(
    "more than the machine has is refused, at its place in the file",
    arguments: [
      ("{cores: 4}", "f:5:15: loop.cores: 4 processors are more than the 2 that this process may use; say 2 or fewer"),
      ("{memory: 9 GB}", "f:5:16: loop.memory: 9 GB are more than this machine's 8 GB; say less"),
    ])
  func machine(loop: String, message: String) throws {
    let file = try file(loop)
    let fault = try #require(file.shareFault(on: HarnessFile.Offer(cores: 2, memory: 8_000_000_000)))
    #expect("\(file.error(of: fault))" == message)
    #expect(file.shareFault(on: HarnessFile.Offer(cores: 4, memory: 9_000_000_000)) == nil)
  }

  @Test("what runs at a time has equal parts of the memory, and those that run joined count twice") func parts() throws
  {
    let joined = "{name: a, kind: command, role: objective, direction: maximize, interactive: true, run: x, score: y}"
    let file = try file("{parallel: 2, memory: 8 GB}", scorer: joined)
    #expect(file.memoryEach(step: "agent") == 4_000_000_000)
    #expect(file.memoryEach(step: "a.run") == 2_000_000_000)
    #expect(file.memoryEach(step: "a.score") == 2_000_000_000)
    #expect(try self.file("{parallel: 2}").memoryEach(step: "agent") == nil)
  }

  @Test("the explanation says it") func explained() throws {
    let text = HarnessExplanation.text(try file("{cores: 2, memory: 4 GiB, parallel: 2}"))
    #expect(text.contains("2 cores, others than those of other loops where there are enough; 4 GiB of memory"))
    #expect(text.contains("share what the loop has"))
  }
}
