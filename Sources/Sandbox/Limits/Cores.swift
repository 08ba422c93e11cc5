internal import CSandbox
internal import Glibc
internal import Synchronization

/// Which processors a sandbox with a budget of cores gets: the next ones, in turns, of those that the caller may use.
enum Cores {
  private static let turn = Atomic<Int>(0)
  private static let held = Mutex<[Int]?>(nil)

  /// The processors that all sandboxes are kept on; nil where they may use any.
  static var share: [Int]? {
    get { held.withLock { $0 } }
    set { held.withLock { $0 = newValue } }
  }

  /// The processors that a sandbox may run on.
  static var usable: [Int] { share ?? machine }

  /// The processors that this process may run on.
  static let machine: [Int] = {
    var mask = [UInt8](repeating: 0, count: Int(BELLJAR_AFFINITY_BYTES))
    guard belljar_usable_cores(&mask) == 0 else { return [0] }
    return (0..<(mask.count * 8)).filter { mask[$0 / 8] & 1 << UInt8($0 % 8) != 0 }
  }()

  /// A mask of that many processors, `BELLJAR_AFFINITY_BYTES` long.
  static func next(_ count: Int) -> [UInt8] { mask(count, from: turn.add(count, ordering: .relaxed).oldValue) }

  /// The same for runs that are compared: always the last ones, so that no run has another processor than the next, and those
  /// that most interrupts go to are left to others.
  static func last(_ count: Int) -> [UInt8] { mask(count, from: max(0, usable.count - count)) }

  private static func mask(_ count: Int, from first: Int) -> [UInt8] {
    let usable = usable
    var mask = [UInt8](repeating: 0, count: Int(BELLJAR_AFFINITY_BYTES))
    for offset in 0..<min(count, usable.count) {
      let core = usable[(first + offset) % usable.count]
      if core / 8 < mask.count { mask[core / 8] |= 1 << UInt8(core % 8) }
    }
    return mask
  }
}

extension Budget {
  /// Refuses limits that can't be held as they stand, before anything is made.
  func check() throws {
    func refuse(_ name: String, _ value: String, _ why: String) throws {
      throw SandboxError("set limit", "\(name) \(value)", why)
    }
    if let memory, memory < 1_000_000 {
      try refuse("memory", "\(memory) bytes", "the sandbox itself needs 1 MB before the program starts")
    }
    if let cores, cores > Cores.usable.count {
      try refuse("cores", "\(cores)", "this process may use \(Cores.usable.count)")
    }
    if grace != nil, wall == nil {
      try refuse("grace", "without wall", "the grace begins when the wall limit is passed")
    }
    if let wall, wall <= .zero { try refuse("wall", "\(wall)", "it must be longer than nothing") }
  }
}
