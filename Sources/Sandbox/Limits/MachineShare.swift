internal import Glibc

/// A part of the machine that all sandboxes of this process have together, from when it is taken to its end. One at a time, and taken
/// before the first sandbox is made.
package final class MachineShare {
  /// The processors that this process may use at all.
  package static var machineCores: [Int] { Cores.machine }

  /// The machine's memory, in bytes.
  package static var machineMemory: Int {
    let (bytes, isOver) = Int(sysconf(Int32(_SC_PHYS_PAGES)))
      .multipliedReportingOverflow(by: Int(sysconf(Int32(_SC_PAGESIZE))))
    return isOver || bytes <= 0 ? .max : bytes
  }

  /// Whether the memory is held by a cgroup of its own, and not by the sandboxes' own limits alone.
  package let holdsMemory: Bool

  /// - Parameters:
  ///   - cores: The processors that sandboxes run on, and cannot leave; nil for all.
  ///   - memory: Bytes that they use together at most; nil for no limit. Where no cgroup can be had, only each sandbox's own limit is
  ///     held, so that those together must not be more.
  package init(cores: [Int]?, memory: Int?) throws {
    if let memory, let groups = Cgroups.shared {
      try groups.hold(memory: memory)
      holdsMemory = true
    } else {
      holdsMemory = false
    }
    Cores.share = cores
  }

  deinit {
    Cores.share = nil
    if holdsMemory { Cgroups.shared?.release() }
  }
}
