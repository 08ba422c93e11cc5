internal import Glibc
package import Harness
internal import Sandbox

/// The part of the machine that a loop holds while it runs: processors that other loops leave alone where there are enough, and memory.
///
/// The state folder's file `share` says what it is. It counts only while the process that it names runs the loop, so that one
/// that a killed loop left means nothing.
package final class LoopShare {
  /// What a loop holds.
  package struct Held: Sendable, Hashable {
    package let process: Int32
    /// Nil where the loop has no share of its own and may use all.
    package let cores: [Int]?
    /// Those of them that other loops held already when it began.
    package let shared: [Int]
    /// Bytes; nil for no limit.
    package let memory: Int?
  }

  package let held: Held
  /// What whoever began the loop should know.
  package let notes: [String]
  private let path: String
  private let register: CoreRegister?
  private let sandboxes: MachineShare

  /// Takes a loop's share; nil where it has none. Before its first sandbox is made.
  ///
  /// - Parameter folder: The checkout's state folder, whose lock the caller holds.
  package init?(_ loop: HarnessLoop, folder: String) throws {
    path = Self.path(folder)
    unlink(path)
    guard loop.cores != nil || loop.memory != nil else { return nil }
    let register = try loop.cores == nil ? nil : CoreRegister()
    let taken = try loop.cores.flatMap { try register?.take($0, of: MachineShare.machineCores) }
    self.register = register
    let held = Held(process: getpid(), cores: taken?.cores, shared: taken?.shared ?? [], memory: loop.memory)
    self.held = held
    sandboxes = try MachineShare(cores: held.cores, memory: held.memory)
    var notes: [String] = []
    if !held.shared.isEmpty {
      notes.append(
        "not enough processors are free: others hold \(held.shared.map { "\($0)" }.joined(separator: ", ")) as well, and the loops "
          + "share them; measurements still take turns")
    }
    let others = Self.running(beside: folder).compactMap { $0.held.memory }
    let all = others.reduce(held.memory ?? 0) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
    if held.memory != nil, !others.isEmpty, all > MachineShare.machineMemory {
      notes.append(
        "the loops that run now may use \(Quantity.bytes(all)) of memory together, and this machine has "
          + Quantity.bytes(MachineShare.machineMemory))
    }
    self.notes = notes
    try write()
  }

  deinit { unlink(path) }

  private func write() throws {
    func list(_ numbers: [Int]?) -> String {
      guard let numbers, !numbers.isEmpty else { return "-" }
      return numbers.map { "\($0)" }.joined(separator: ",")
    }
    let text = "\(held.process) \(list(held.cores)) \(list(held.shared)) \(held.memory.map { "\($0)" } ?? "-")\n"
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw SandboxError("write", path, errno: errno) }
    defer { close(file) }
    let bytes = Array(text.utf8)
    guard pwrite(file, bytes, bytes.count, 0) == bytes.count else { throw SandboxError("write", path, errno: errno) }
  }

  /// What the loop that runs on this checkout holds; nil where none runs, or it has no share.
  package static func held(_ folder: String) -> Held? {
    guard let process = LoopLock.holder(folder), let bytes = readFile(path(folder), most: 1 << 16) else { return nil }
    let fields = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    func list(_ field: Substring) -> [Int] { field.split(separator: ",").compactMap { Int($0) } }
    guard fields.count == 4, Int32(fields[0]) == process else { return nil }
    return Held(
      process: process, cores: fields[1] == "-" ? nil : list(fields[1]), shared: list(fields[2]), memory: Int(fields[3])
    )
  }

  /// What the other loops of this user hold, with their state folders' names.
  package static func running(beside folder: String) -> [(name: String, held: Held)] {
    guard let slash = folder.lastIndex(of: "/") else { return [] }
    let (base, own) = (folder[..<slash], folder[slash...].dropFirst())
    return (folderNames(String(base)) ?? []).sorted().compactMap { name in
      guard name != own, let held = Self.held("\(base)/\(name)") else { return nil }
      return (name, held)
    }
  }

  private static func path(_ folder: String) -> String { "\(folder)/share" }
}

extension LoopShare.Held: CustomStringConvertible {
  /// Such as `cores 0, 1 (1 shared with other loops), at most 4 GB of memory`.
  package var description: String {
    func list(_ numbers: [Int]) -> String { numbers.map { "\($0)" }.joined(separator: ", ") }
    var parts: [String] = []
    if let cores {
      let also = shared.isEmpty ? "" : " (\(list(shared)) shared with other loops)"
      parts.append("core\(cores.count == 1 ? "" : "s") \(list(cores))\(also)")
    }
    if let memory { parts.append("at most \(Quantity.bytes(memory)) of memory") }
    return parts.joined(separator: ", ")
  }
}
