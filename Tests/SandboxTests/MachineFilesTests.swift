import Testing

@testable import Sandbox

@Suite("The machine as a program sees it") struct MachineFilesTests {
  private func inside(_ script: String, _ budget: Budget) throws -> String {
    let result = try Sandbox().run(
      Jar(policy: try Policy.builtIn("build"), arguments: ["/bin/sh", "-c", script], budget: budget))
    #expect(result.outcome.reason == .exited(0), "\(result.outcome.reason) \(result.error.text)")
    return result.output.text
  }

  @Test("memory is the budget's")
  func memory() throws {
    let text = try inside(
      "head -n 1 /proc/meminfo; echo $JAVA_TOOL_OPTIONS; echo x 2>/dev/null >/proc/meminfo || echo kept",
      Budget(wall: .seconds(10), memory: 512 << 20))
    #expect(text == "MemTotal: 524288 kB\n-XX:MaxRAM=536870912\nkept\n")
  }

  @Test("processors are the budget's, for nproc and for those who count lines")
  func processors() throws {
    let text = try inside(
      "nproc; grep -c ^processor /proc/cpuinfo; grep -c '^cpu[0-9]' /proc/stat; ls -A /tmp",
      Budget(wall: .seconds(10), cores: 1))
    #expect(text == "1\n1\n1\n")
  }

  @Test("without a budget of cores the files are the machine's")
  func all() throws {
    let text = try inside("grep -c ^processor /proc/cpuinfo", Budget(wall: .seconds(10)))
    #expect(Int(text.prefix { $0 != "\n" }) ?? 0 >= Cores.usable.count)
  }

  @Test("pieces of the host's files are picked by number")
  func pieces() {
    let info = "processor\t: 0\nmodel: a\n\nprocessor\t: 1\nmodel: b\n\n"
    #expect(MachineFiles.processors(info) { $0 == 1 } == "processor\t: 1\nmodel: b\n\n\n")
    let stat = "cpu  1\ncpu0 2\ncpu1 3\nintr 4\nctxt 5\n"
    #expect(MachineFiles.statistics(stat) { $0 == 0 } == "cpu  1\ncpu0 2\nctxt 5\n")
  }
}
