/// The hard limits of one step. What is nil is left to the step's policy.
package struct Budget: Sendable, Hashable {
  /// Time on the clock.
  package var wall: Duration?
  /// Time between SIGTERM, sent at the wall limit, and SIGKILL.
  package var grace: Duration?
  /// Processor time of the whole process tree.
  package var cpu: Duration?
  /// Bytes of memory of the whole tree.
  package var memory: Int?
  /// Processes and threads that exist at one time.
  package var processes: Int?
  /// Bytes written to disk.
  package var disk: Int?
  /// Bytes on stdout and stderr together.
  package var output: Int?
  /// Open descriptors of one process.
  package var openFiles: Int?

  package init(
    wall: Duration? = nil, grace: Duration? = nil, cpu: Duration? = nil, memory: Int? = nil, processes: Int? = nil,
    disk: Int? = nil, output: Int? = nil, openFiles: Int? = nil
  ) {
    self.wall = wall
    self.grace = grace
    self.cpu = cpu
    self.memory = memory
    self.processes = processes
    self.disk = disk
    self.output = output
    self.openFiles = openFiles
  }

  /// This budget, with what it leaves open taken from another.
  package func merged(over base: Budget) -> Budget {
    Budget(
      wall: wall ?? base.wall, grace: grace ?? base.grace, cpu: cpu ?? base.cpu, memory: memory ?? base.memory,
      processes: processes ?? base.processes, disk: disk ?? base.disk, output: output ?? base.output,
      openFiles: openFiles ?? base.openFiles)
  }
}
