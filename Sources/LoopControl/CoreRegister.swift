internal import Glibc
internal import Sandbox

/// Which processors the loops of this machine hold, whoever runs them: bytes of one file, one for each processor and each holder of it,
/// locked through the holder's open file (F_OFD_SETLK, fcntl(2)), so that the kernel releases them with the process.
///
/// The file can be read by everyone and written by nobody: read locks are enough, as whoever chooses has the file to itself
/// (flock(2)) meanwhile.
final class CoreRegister {
  static let places = LockFile.folders.map { "\($0)/belljar-cores.lock" }
  /// Holders of one processor that are told apart.
  private static let mostHolders = 64
  /// How long to wait for another that is choosing.
  private static let patience = 10.0

  private let file: LockFile

  init(places: [String] = CoreRegister.places) throws { file = try LockFile("open register", places: places) }

  /// Takes processors until the register's end: those that the fewest others hold.
  ///
  /// - Returns: The processors in their order, and which of them others hold as well.
  func take(_ count: Int, of usable: [Int]) throws -> (cores: [Int], shared: [Int]) {
    try haveToItself()
    defer { flock(file.descriptor, LOCK_UN) }
    var held: [(core: Int, slots: [Bool])] = []
    for core in usable { held.append((core, try slots(of: core))) }
    let chosen = held.enumerated().sorted {
      let (left, right) = ($0.element.slots.count(where: \.self), $1.element.slots.count(where: \.self))
      return left == right ? $0.offset < $1.offset : left < right
    }.prefix(count).map(\.element)
    for (core, slots) in chosen {
      // Where all are taken it is shared by so many that one more makes no difference to anyone's choice.
      guard let free = slots.firstIndex(of: false) else { continue }
      try file.lock(byte: Self.place(core, free))
    }
    return (chosen.map(\.core).sorted(), chosen.filter { $0.slots.contains(true) }.map(\.core).sorted())
  }

  /// Which places of a processor's are taken.
  private func slots(of core: Int) throws -> [Bool] {
    try (0..<Self.mostHolders).map { try file.isLocked(byte: Self.place(core, $0)) }
  }

  private static func place(_ core: Int, _ slot: Int) -> Int64 { Int64(core * mostHolders + slot) }

  private func haveToItself() throws {
    let began = Clock.seconds()
    while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw SandboxError("lock", file.path, errno: errno) }
      guard Clock.seconds() - began < Self.patience else {
        throw SandboxError(
          "lock", file.path, "another process has held it for \(Int(Self.patience)) s; `fuser \(file.path)` names it")
      }
      usleep(1000)
    }
  }
}
