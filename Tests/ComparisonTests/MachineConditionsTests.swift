import Testing

@testable import Comparison

@Suite("The machine while something is measured") struct MachineConditionsTests {
  @Test("what the machine tells is between what it can be")
  func ranges() {
    let watch = MachineWatch()
    var sum = 0.0
    for number in 0..<2_000_000 { sum += Double(number) }
    #expect(sum > 0)
    let conditions = watch.conditions()
    #expect(conditions.processors >= 1)
    #expect((conditions.loadBefore ?? 0) >= 0)
    if let steal = conditions.steal { #expect((0...1).contains(steal)) }
    if let pressure = conditions.pressure { #expect(pressure >= 0) }
    #expect(conditions.metrics["machine_load"] == conditions.loadBefore)
  }

  @Test("the first eight fields of the cpu line are the time, guest time is in them already")
  func stat() throws {
    let stat = try #require(ProcStat("cpu  10 20 30 40 5 6 7 8 900 900\ncpu0 1 1 1 1 1 1 1 1 1 1\n"))
    #expect(stat.total == 126)
    #expect(stat.steal == 8)
    #expect(ProcStat("cpu 1 2 3\n") == nil)
    #expect(ProcStat("") == nil)
  }

  @Test("a busy or shared machine is warned of, a quiet one is not")
  func warnings() {
    #expect(MachineConditions(processors: 4, loadBefore: 0.3, steal: 0.001).warnings.isEmpty)
    #expect(MachineConditions(processors: 2, loadBefore: 2.5).warnings.count == 1)
    #expect(MachineConditions(processors: 2, steal: 0.1).warnings.first?.contains("10 %") == true)
  }
}
