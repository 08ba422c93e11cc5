/// A classic-BPF program over `struct seccomp_data` (seccomp(2)): decoded, run, written again.
package struct FilterProgram {
  /// `struct sock_filter` (linux/filter.h).
  package struct Instruction: Equatable {
    package var code: UInt16
    package var jumpTrue: UInt8
    package var jumpFalse: UInt8
    package var value: UInt32

    package init(code: UInt16, jumpTrue: UInt8, jumpFalse: UInt8, value: UInt32) {
      self.code = code
      self.jumpTrue = jumpTrue
      self.jumpFalse = jumpFalse
      self.value = value
    }
  }

  /// The operations that libseccomp writes.
  package enum Code {
    package static let load: UInt16 = 0x20
    package static let jumpAlways: UInt16 = 0x05
    package static let jumpEqual: UInt16 = 0x15
    package static let jumpGreater: UInt16 = 0x25
    package static let jumpGreaterOrEqual: UInt16 = 0x35
    package static let jumpSet: UInt16 = 0x45
    package static let and: UInt16 = 0x54
    package static let answer: UInt16 = 0x06
  }

  /// Offsets in `struct seccomp_data`; arguments begin at 16.
  package static let numberOffset: UInt32 = 0
  package static let architectureOffset: UInt32 = 4

  package var instructions: [Instruction]

  /// How a run ended, or where it asked for more than it was given.
  package enum Result: Equatable {
    case answer(UInt32)
    /// The instruction that loads something not in `data`, with the number still in the accumulator.
    case needs(Int)
  }

  package init(instructions: [Instruction]) { self.instructions = instructions }

  /// An instruction a word, as `struct sock_filter` lies in memory (little-endian).
  package init(words: [UInt64]) {
    instructions = words.map { raw in
      Instruction(
        code: UInt16(truncatingIfNeeded: raw), jumpTrue: UInt8(truncatingIfNeeded: raw >> 16),
        jumpFalse: UInt8(truncatingIfNeeded: raw >> 24), value: UInt32(truncatingIfNeeded: raw >> 32))
    }
  }

  package var words: [UInt64] {
    instructions.map { each in
      UInt64(each.code) | UInt64(each.jumpTrue) << 16 | UInt64(each.jumpFalse) << 24 | UInt64(each.value) << 32
    }
  }

  /// Runs with the 32-bit words of `struct seccomp_data` that are known, by offset. Nil for what libseccomp never writes.
  package func run(data: [UInt32: UInt32]) -> Result? {
    var accumulator: UInt32 = 0
    var at = 0
    while at < instructions.count {
      let each = instructions[at]
      let isTaken: Bool
      switch each.code {
      case Code.load:
        guard let word = data[each.value] else { return accumulator == data[Self.numberOffset] ? .needs(at) : nil }
        accumulator = word
        at += 1
        continue
      case Code.and:
        accumulator &= each.value
        at += 1
        continue
      case Code.answer: return .answer(each.value)
      case Code.jumpAlways:
        at += 1 + Int(each.value)
        continue
      case Code.jumpEqual: isTaken = accumulator == each.value
      case Code.jumpGreater: isTaken = accumulator > each.value
      case Code.jumpGreaterOrEqual: isTaken = accumulator >= each.value
      case Code.jumpSet: isTaken = accumulator & each.value != 0
      default: return nil
      }
      at += 1 + Int(isTaken ? each.jumpTrue : each.jumpFalse)
    }
    return nil
  }

  /// Where each instruction may go on to; nil for an answer.
  package func successors(of index: Int) -> [Int] {
    let each = instructions[index]
    switch each.code {
    case Code.answer: return []
    case Code.jumpAlways: return [index + 1 + Int(each.value)]
    case Code.jumpEqual, Code.jumpGreater, Code.jumpGreaterOrEqual, Code.jumpSet:
      return [index + 1 + Int(each.jumpTrue), index + 1 + Int(each.jumpFalse)]
    default: return [index + 1]
    }
  }
}
