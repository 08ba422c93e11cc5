/// Turns libseccomp's filter into one that answers the same with half the instructions: a search over runs of call
/// numbers that share an answer, instead of a comparison for each number.
///
/// Installing a filter costs with its length (the kernel converts and compiles it on each launch): measured 0.38 ms for
/// libseccomp's tree of 530 instructions. The answer of a filter without arguments can only change at a number that one
/// of its comparisons names, so running it once for each of those numbers, and the next, gives the whole function.
/// Checks of arguments are copied as libseccomp wrote them. What has any other shape is left as it is.
package enum FilterIntervals {
  private typealias Instruction = FilterProgram.Instruction
  private typealias Code = FilterProgram.Code

  private struct Run {
    let first: UInt32
    let result: FilterProgram.Result
  }

  package static func shrink(_ program: FilterProgram) -> FilterProgram {
    guard let architecture = program.instructions.dropFirst().first?.value,
      program.instructions.first == load(FilterProgram.architectureOffset),
      case .answer(let foreign)? = program.run(data: [FilterProgram.architectureOffset: ~architecture]),
      let runs = runs(of: program, architecture: architecture)
    else { return program }

    let kept = reachable(from: runs, in: program)
    var placed: [Int: Int] = [:]
    for (index, original) in kept.enumerated() { placed[original] = index }
    guard let search = search(runs[...], leaves: placed) else { return program }
    var result = [
      load(FilterProgram.architectureOffset),
      Instruction(code: Code.jumpEqual, jumpTrue: 1, jumpFalse: 0, value: architecture),
      answer(foreign),
      load(FilterProgram.numberOffset),
    ]
    result += search.enumerated().map { at, each in
      guard case .leaf(let leaf) = each else { return each.instruction }
      return jump(search.count - at - 1 + leaf)
    }
    guard let leaves = copied(kept, placed: placed, from: program) else { return program }
    result += leaves
    return result.count < program.instructions.count ? FilterProgram(instructions: result) : program
  }

  /// The runs of numbers with one result, from 0 up.
  private static func runs(of program: FilterProgram, architecture: UInt32) -> [Run]? {
    var starts: Set<UInt32> = [0]
    for each in program.instructions where each.code & 0x07 == 0x05 {
      starts.insert(each.value)
      if each.value < .max { starts.insert(each.value + 1) }
    }
    var runs: [Run] = []
    for number in starts.sorted() {
      let data = [FilterProgram.architectureOffset: architecture, FilterProgram.numberOffset: number]
      guard let result = program.run(data: data) else { return nil }
      if runs.last?.result != result { runs.append(Run(first: number, result: result)) }
    }
    return runs
  }

  /// What the checks of arguments need, in the order in which it stands.
  private static func reachable(from runs: [Run], in program: FilterProgram) -> [Int] {
    var open = runs.compactMap { if case .needs(let index) = $0.result { index } else { nil } }
    var seen = Set(open)
    while let next = open.popLast() {
      for each in program.successors(of: next) where seen.insert(each).inserted { open.append(each) }
    }
    return seen.sorted()
  }

  /// The kept instructions with their jumps over what has been left out. Order stays, so no jump grows.
  private static func copied(_ kept: [Int], placed: [Int: Int], from program: FilterProgram) -> [Instruction]? {
    var result: [Instruction] = []
    for (index, original) in kept.enumerated() {
      var each = program.instructions[original]
      let targets = program.successors(of: original).compactMap { placed[$0] }.map { $0 - index - 1 }
      guard targets.count == program.successors(of: original).count else { return nil }
      switch each.code {
      case Code.answer: break
      case Code.jumpAlways: each.value = UInt32(targets[0])
      case Code.load, Code.and: guard targets == [0] else { return nil }
      default: (each.jumpTrue, each.jumpFalse) = (UInt8(targets[0]), UInt8(targets[1]))
      }
      result.append(each)
    }
    return result
  }

  private enum Part {
    case plain(Instruction)
    /// A jump to a check of arguments, by its place among the kept instructions.
    case leaf(Int)

    var instruction: Instruction {
      if case .plain(let each) = self { each } else { jump(0) }
    }
  }

  /// A balanced search: `number >= first of the right half` goes right.
  private static func search(_ runs: ArraySlice<Run>, leaves: [Int: Int]) -> [Part]? {
    if let run = runs.first, runs.count == 1 {
      switch run.result {
      case .answer(let value): return [.plain(answer(value))]
      case .needs(let index): return leaves[index].map { [.leaf($0)] }
      }
    }
    let middle = runs.startIndex + runs.count / 2
    guard let left = search(runs[..<middle], leaves: leaves), let right = search(runs[middle...], leaves: leaves)
    else { return nil }
    let first = runs[middle].first
    if left.count <= Int(UInt8.max) {
      return [.plain(greaterOrEqual(first, UInt8(left.count), 0))] + left + right
    }
    return [.plain(greaterOrEqual(first, 0, 1)), .plain(jump(left.count))] + left + right
  }

  private static func load(_ offset: UInt32) -> Instruction {
    Instruction(code: Code.load, jumpTrue: 0, jumpFalse: 0, value: offset)
  }

  private static func answer(_ value: UInt32) -> Instruction {
    Instruction(code: Code.answer, jumpTrue: 0, jumpFalse: 0, value: value)
  }

  private static func jump(_ distance: Int) -> Instruction {
    Instruction(code: Code.jumpAlways, jumpTrue: 0, jumpFalse: 0, value: UInt32(distance))
  }

  private static func greaterOrEqual(_ value: UInt32, _ yes: UInt8, _ no: UInt8) -> Instruction {
    Instruction(code: Code.jumpGreaterOrEqual, jumpTrue: yes, jumpFalse: no, value: value)
  }
}
