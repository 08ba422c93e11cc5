internal import Synchronization

/// What this process has freed on its disks, so that a disk budget watched by what is free doesn't take it for a run's own.
package enum FreedSpace {
  private static let bytes = Atomic(0)
  private static let files = Atomic(0)

  /// Says it before it is done: counted too early a run is looked at for nothing, too late it might get more than its budget.
  package static func add(bytes count: Int, files number: Int) {
    bytes.wrappingAdd(count, ordering: .sequentiallyConsistent)
    files.wrappingAdd(number, ordering: .sequentiallyConsistent)
  }

  static var now: (bytes: Int, files: Int) {
    (bytes.load(ordering: .sequentiallyConsistent), files.load(ordering: .sequentiallyConsistent))
  }
}
