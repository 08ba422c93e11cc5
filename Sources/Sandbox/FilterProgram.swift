/// A classic-BPF program over `struct seccomp_data` (seccomp(2)): decoded, run, written again.
struct FilterProgram {
  /// `struct sock_filter` (linux/filter.h).
  struct Instruction: Equatable {
    var code: UInt16
    var jumpTrue: UInt8
    var jumpFalse: UInt8
    var value: UInt32
  }

  /// The operations that libseccomp writes.
  enum Code {
    static let load: UInt16 = 0x20
    static let jumpAlways: UInt16 = 0x05
    static let jumpEqual: UInt16 = 0x15
    static let jumpGreater: UInt16 = 0x25
    static let jumpGreaterOrEqual: UInt16 = 0x35
    static let jumpSet: UInt16 = 0x45
    static let and: UInt16 = 0x54
    static let answer: UInt16 = 0x06
  }

  /// Offsets in `struct seccomp_data`; arguments begin at 16.
  static let numberOffset: UInt32 = 0
  static let architectureOffset: UInt32 = 4

  var instructions: [Instruction]

  /// How a run ended, or where it asked for more than it was given.
  enum Result: Equatable {
    case answer(UInt32)
    /// The instruction that loads something not in `data`, with the number still in the accumulator.
    case needs(Int)
  }

  init(instructions: [Instruction]) { self.instructions = instructions }

  /// 8 bytes an instruction, as seccomp_export_bpf(3) writes them.
  init(bytes: [UInt8]) {
    instructions = stride(from: 0, to: bytes.count, by: 8).map { at in
      let raw = bytes[at..<(at + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Instruction(
        code: UInt16(truncatingIfNeeded: raw), jumpTrue: UInt8(truncatingIfNeeded: raw >> 16),
        jumpFalse: UInt8(truncatingIfNeeded: raw >> 24), value: UInt32(truncatingIfNeeded: raw >> 32))
    }
  }

  var bytes: [UInt8] {
    instructions.flatMap { each -> [UInt8] in
      let raw =
        UInt64(each.code) | UInt64(each.jumpTrue) << 16 | UInt64(each.jumpFalse) << 24 | UInt64(each.value) << 32
      return (0..<8).map { UInt8(truncatingIfNeeded: raw >> ($0 * 8)) }
    }
  }

  /// Runs with the 32-bit words of `struct seccomp_data` that are known, by offset. Nil for what libseccomp never writes.
  func run(data: [UInt32: UInt32]) -> Result? {
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
  func successors(of index: Int) -> [Int] {
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
