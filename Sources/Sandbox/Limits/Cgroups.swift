internal import Glibc
internal import Synchronization

/// Where memory and process limits can be held: the v1 hierarchies, or the unified one (cgroups(7)).
///
/// Folders are made below the caller's own cgroup, named `belljar-PID-STARTTIME-N`, kept for reuse while the process
/// lives, and removed at its end; what a killed Belljar left is removed at the next start.
final class Cgroups: Sendable {
  enum Version: Sendable {
    case v1(memory: String, pids: String, cpu: String?)
    case v2(String)
  }
  /// The place that was found.
  let found: Version
  /// The place below it that holds a share of memory, where there is one.
  let held = Mutex<Version?>(nil)
  private let free = Mutex<[Cgroup]>([])
  private let made = Atomic<Int>(0)

  /// The backend of this machine, or nil where no cgroup can be written (then limits are polled).
  static let shared: Cgroups? = detect()

  init(_ version: Version) { found = version }

  /// Where folders are made now.
  var version: Version { held.withLock { $0 } ?? found }

  var label: String {
    switch version {
    case .v1: "cgroup v1"
    case .v2: "cgroup v2"
    }
  }

  /// Where the folders are made.
  var place: String {
    switch version {
    case .v1(let memory, let pids, let cpu): ([memory, pids] + (cpu.map { [$0] } ?? [])).joined(separator: ", ")
    case .v2(let folder): folder
    }
  }

  /// A folder with these limits, all counters as they are now taken for zero.
  func take(memory: Int?, processes: Int?) -> Cgroup? {
    let kept = free.withLock { list in
      // A loop's agents and scorers take turns with limits of their own.
      let index = list.lastIndex { $0.holds(memory: memory, processes: processes) } ?? list.indices.last
      return index.map { list.remove(at: $0) }
    }
    // One that is still charged with more than its new limit refuses it.
    if let group = kept {
      if group.set(memory: memory, processes: processes) { return group }
      group.remove()
    }
    guard let group = Cgroup(version, number: made.add(1, ordering: .relaxed).newValue) else { return nil }
    guard group.set(memory: memory, processes: processes) else {
      group.remove()
      return nil
    }
    return group
  }

  /// Takes a folder back when everything in it is dead. One that is still charged for something is not used again: page
  /// cache and shared memory outlive their processes, and would count for the next run.
  func give(back group: Cgroup) {
    if group.isCharged { group.remove() } else { free.withLock { $0.append(group) } }
  }

  /// Removes all folders that are not in use.
  func removeAll() {
    for group in free.withLock({ list in
      defer { list = [] }
      return list
    }) { group.remove() }
  }
}
