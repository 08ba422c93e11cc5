package import StrictYAML

/// Limits as their text gives them; the units of `Budget` in the room above.
package struct BudgetText: Sendable {
  package static let keys = [
    "wall", "grace", "cpu", "memory", "processes", "disk", "output", "file_size", "open_files", "cores",
  ]

  package var wall, grace, cpu: Duration?
  package var memory, processes, disk, output, fileSize, openFiles, cores: Int?

  package init() {}

  package init(yaml value: YAMLValue) throws(YAMLError) {
    let map = try value.mapping()
    try map.only(Self.keys)
    wall = try map["wall"]?.duration()
    grace = try map["grace"]?.duration()
    cpu = try map["cpu"]?.duration()
    memory = try map["memory"]?.byteCount()
    processes = try map["processes"]?.integer(in: 1...1_000_000)
    disk = try map["disk"]?.byteCount()
    output = try map["output"]?.byteCount()
    fileSize = try map["file_size"]?.byteCount()
    openFiles = try map["open_files"]?.integer(in: 8...1_000_000)
    cores = try map["cores"]?.integer(in: 1...1024)
  }

  /// This budget, with what it leaves open taken from another.
  package func merged(over base: BudgetText) -> BudgetText {
    var result = self
    result.wall = wall ?? base.wall
    result.grace = grace ?? base.grace
    result.cpu = cpu ?? base.cpu
    result.memory = memory ?? base.memory
    result.processes = processes ?? base.processes
    result.disk = disk ?? base.disk
    result.output = output ?? base.output
    result.fileSize = fileSize ?? base.fileSize
    result.openFiles = openFiles ?? base.openFiles
    result.cores = cores ?? base.cores
    return result
  }
}
