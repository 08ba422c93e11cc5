import PolicyCompiler
import Testing

@testable import Sandbox

/// The short filter must answer as libseccomp's own does, for every call and for every argument that either looks at.
@Suite("The short filter") struct FilterTests {
  static let policies = ["strict", "build", "test"]

  /// Every number that could matter, and for each 64-bit argument every constant of the filter and its neighbours.
  @Test("answers as libseccomp's own does, call by call", arguments: policies) func answersAlike(name: String) throws {
    let groups = try Policy.builtIn(name).calls
    let long = try SystemCallFilter.tree(groups: groups)
    let short = FilterIntervals.shrink(long)
    let constants = Set(long.instructions.map(\.value))
    let words = constants.union(constants.map { $0 &+ 1 }).union(constants.map { $0 &- 1 }).union([0, 1, ~0]).sorted()
    let native = long.instructions[1].value
    var compared = 0
    for number in Array(0...600) + words {
      // Without arguments first: only where one is asked for do its values matter.
      let bare: [UInt32: UInt32] = [0: number, 4: native]
      guard case .needs = long.run(data: bare) else {
        #expect(short.run(data: bare) == long.run(data: bare), "call \(number)")
        compared += 1
        continue
      }
      for low in words {
        for high: UInt32 in [0, 1, 0x8000_0000, ~0] {
          var data: [UInt32: UInt32] = [0: number, 4: native]
          for argument in UInt32(0)..<6 {
            data[16 + argument * 8] = low
            data[20 + argument * 8] = high
          }
          if short.run(data: data) != long.run(data: data) { Issue.record("call \(number), argument \(high):\(low)") }
          compared += 1
        }
      }
    }
    #expect(compared > 10_000)
    for architecture in [native &+ 1, 0x4000_0003, 0] {
      #expect(short.run(data: [0: 0, 4: architecture]) == long.run(data: [0: 0, 4: architecture]))
    }
    // A filter is worth its shape only if it is shorter.
    #expect(short.instructions.count < long.instructions.count * 3 / 4)
  }

  @Test("a filter of another shape is left as it is") func foreignShape() {
    let odd = FilterProgram(instructions: [.init(code: 0x06, jumpTrue: 0, jumpFalse: 0, value: 0x7fff_0000)])
    #expect(FilterIntervals.shrink(odd).instructions == odd.instructions)
  }
}
