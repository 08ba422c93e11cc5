/// The hard limits of one sandbox. What is nil is not limited by this budget (a policy's own stands then).
public struct Budget: Sendable, Hashable {
  /// Time on the clock from the start of the program to its end.
  public var wall: Duration?
  /// Time between SIGTERM, sent at the wall limit, and SIGKILL. Nil: SIGKILL at once.
  public var grace: Duration?
  /// Processor time of the whole process tree.
  public var cpu: Duration?
  /// Bytes of memory of the whole tree, tmpfs files included.
  public var memory: Int?
  /// Processes and threads that exist at one time.
  public var processes: Int?
  /// Bytes that can be written: to /tmp, /dev/shm and home together, and to the copy-on-write layer of the tree.
  public var disk: Int?
  /// Bytes on stdout and stderr together.
  public var output: Int?
  /// Bytes in one file (RLIMIT_FSIZE).
  public var fileSize: Int?
  /// Processors that the tree may run on.
  public var cores: Int?
  /// Open descriptors of one process (RLIMIT_NOFILE).
  public var openFiles: Int?

  public init(
    wall: Duration? = nil, grace: Duration? = nil, cpu: Duration? = nil, memory: Int? = nil, processes: Int? = nil,
    disk: Int? = nil, output: Int? = nil, fileSize: Int? = nil, openFiles: Int? = nil, cores: Int? = nil
  ) {
    self.wall = wall
    self.grace = grace
    self.cpu = cpu
    self.memory = memory
    self.processes = processes
    self.disk = disk
    self.output = output
    self.fileSize = fileSize
    self.openFiles = openFiles
    self.cores = cores
  }

  /// Whether a limit needs a look at all processes where no cgroup counts.
  var holdsProcesses: Bool { memory != nil || processes != nil || cpu != nil }

  /// This budget, with what it leaves open taken from another.
  public func merged(over base: Budget) -> Budget {
    Budget(
      wall: wall ?? base.wall, grace: grace ?? base.grace, cpu: cpu ?? base.cpu, memory: memory ?? base.memory,
      processes: processes ?? base.processes, disk: disk ?? base.disk, output: output ?? base.output,
      fileSize: fileSize ?? base.fileSize, openFiles: openFiles ?? base.openFiles,
      cores: cores ?? base.cores)
  }
}
