import Glibc
import Sandbox
import Testing

@Suite("What the machine offers") struct MachineTests {
  @Test("trials find what the other tests need, name every remedy, and leave nothing behind")
  func here() throws {
    let scratch = "/tmp/belljar-machine-\(getpid())"
    let findings = Machine(scratch: scratch).examine()
    #expect(
      findings.map(\.subject) == [
        "kernel", "sealed run", "limits", "denied calls", "overlay", "Landlock", "counters",
      ])
    #expect(findings.allSatisfy { $0.state == .ok || $0.subject == "limits" }, "\(findings)")
    for each in findings where each.state != .ok { #expect(each.remedy != nil, "\(each.subject)") }
    #expect(access(scratch, F_OK) != 0)
  }

  @Test("a scratch folder that can't be made is a finding, not a crash")
  func noScratch() {
    let findings = Machine(scratch: "/proc/belljar").examine()
    #expect(findings.first { $0.subject == "overlay" }?.state == .limited)
  }
}
