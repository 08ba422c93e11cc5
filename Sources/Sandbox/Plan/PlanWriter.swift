internal import CSandbox
internal import Glibc

/// Lays a launch out as one flat plan of bytes (`struct belljar_plan`), with every string behind an offset.
struct PlanWriter {
  private var bytes: [UInt8]
  private(set) var operations: [belljar_operation] = []
  private(set) var operationPaths: [String] = []
  private var leading = (operations: 0, size: 0)
  /// What is there already. A list and not a set, as in `Fields`: a set's type costs more to look up than a plan takes to write.
  private var folders = ["/"]

  init() { bytes = [UInt8](repeating: 0, count: MemoryLayout<belljar_plan>.size) }

  /// Adds a NUL-terminated string; its offset.
  mutating func string(_ text: String) -> UInt32 {
    let offset = UInt32(bytes.count)
    bytes.append(contentsOf: text.utf8)
    bytes.append(0)
    return offset
  }

  /// Ends the operations that every root of these limits and this policy begins with: a launcher may do them ahead, as often as
  /// two plans are the same until here.
  mutating func endLeading() { leading = (operations.count, bytes.count) }

  /// The folders above a path, each made once.
  mutating func parents(of path: String) {
    // From below, so that what is there already ends the walk.
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else { return }
    folder(String(path[..<slash]))
  }

  mutating func folder(_ path: String, mode: UInt32 = 0o755) {
    guard !folders.contains(path) else { return }
    folders.append(path)
    parents(of: path)
    add(UInt32(BELLJAR_DIRECTORY.rawValue), path, mode: mode)
  }

  mutating func file(_ path: String, _ contents: String) {
    parents(of: path)
    let offset = string(contents)
    add(UInt32(BELLJAR_FILE.rawValue), path, b: offset, mode: 0o644, length: UInt64(contents.utf8.count))
  }

  /// A file of ours over one that is there, such as one of /proc's.
  mutating func cover(_ path: String, _ contents: String) {
    let offset = string(contents)
    add(UInt32(BELLJAR_COVER.rawValue), path, b: offset, mode: 0o444, length: UInt64(contents.utf8.count))
  }

  mutating func link(_ path: String, to target: String) {
    parents(of: path)
    let offset = string(target)
    add(UInt32(BELLJAR_SYMLINK.rawValue), path, b: offset)
  }

  mutating func bind(_ source: String, at path: String, flags: Int) {
    parents(of: path)
    folders.append(path)
    let offset = string(source)
    add(UInt32(BELLJAR_BIND.rawValue), path, b: offset, flags: UInt32(flags))
  }

  mutating func proc(_ path: String, pidsOnly: Bool) {
    folders.append(path)
    add(UInt32(BELLJAR_PROC.rawValue), path, flags: pidsOnly ? UInt32(BELLJAR_PROC_PIDS_ONLY) : 0)
  }

  mutating func scratch(bytes size: Int, inodes: Int) {
    add(UInt32(BELLJAR_SCRATCH.rawValue), "/", length: UInt64(size), extra: UInt64(inodes))
  }

  mutating func scratch(at path: String, name: String, mode: UInt32) {
    parents(of: path)
    folders.append(path)
    let offset = string(name)
    add(UInt32(BELLJAR_SCRATCH_AT.rawValue), path, b: offset, mode: mode)
  }

  mutating func overlay(at path: String, layers: [String], upper: String, work: String, isVolatile: Bool) {
    parents(of: path)
    folders.append(path)
    let offset = UInt32(bytes.count)
    for layer in [upper, work] + layers { _ = string(layer) }
    add(
      UInt32(BELLJAR_OVERLAY.rawValue), path, b: offset,
      flags: isVolatile ? UInt32(BELLJAR_OVERLAY_VOLATILE) : 0, length: UInt64(layers.count + 2))
  }

  private mutating func add(
    _ kind: UInt32, _ path: String, b: UInt32 = 0, flags: UInt32 = 0, mode: UInt32 = 0, length: UInt64 = 0,
    extra: UInt64 = 0
  ) {
    let offset = string(path)
    operationPaths.append(path)
    operations.append(
      belljar_operation(
        kind: kind, flags: flags, a: offset, b: b, mode: mode, reserved: 0, length: length, extra: extra))
  }

  /// What a plan holds besides the root.
  struct Rest {
    var executable: String
    var arguments: [String]
    var environment: [String]
    var directory: String
    var filter: [UInt64]
    var limits: [belljar_limit]
    var identity: Identity
    var lastCapability: UInt32
    var flags: UInt32
    var affinity: [UInt8]
    var passed: [UInt32]
    var listens: [UInt32]
    var counter: Jar.Counter?
  }

  /// Closes the plan.
  consuming func finish(_ rest: Rest) -> [UInt8] {
    var plan = belljar_plan()
    plan.magic = UInt32(BELLJAR_PLAN_MAGIC)
    plan.executable = string(rest.executable)
    plan.directory = string(rest.directory)
    plan.hostname = string("belljar")
    let arguments = rest.arguments.map { string($0) }
    let environment = rest.environment.map { string($0) }
    plan.arguments = array(arguments)
    plan.argument_count = UInt32(arguments.count)
    plan.environment = array(environment)
    plan.environment_count = UInt32(environment.count)
    plan.filter = array(rest.filter)
    plan.filter_count = UInt32(rest.filter.count)
    plan.limits = array(rest.limits)
    plan.limit_count = UInt32(rest.limits.count)
    plan.operations = array(operations)
    plan.operation_count = UInt32(operations.count)
    plan.leading_count = UInt32(leading.operations)
    plan.leading_size = UInt32(leading.size)
    plan.inside_uid = Identity.inside
    plan.inside_gid = Identity.inside
    plan.outside_uid = rest.identity.user
    plan.outside_gid = rest.identity.group
    plan.last_capability = rest.lastCapability
    plan.flags = rest.flags
    if let counter = rest.counter {
      plan.flags |= UInt32(BELLJAR_PLAN_COUNT)
      plan.counter_type = counter.type
      plan.counter_config = counter.config
    }
    if !rest.affinity.isEmpty { plan.affinity = array(rest.affinity) }
    plan.passed = array(rest.passed)
    plan.passed_count = UInt32(rest.passed.count)
    plan.listens = array(rest.listens)
    plan.listen_count = UInt32(rest.listens.count)
    plan.size = UInt32(bytes.count)
    withUnsafeBytes(of: plan) { bytes.replaceSubrange(0..<$0.count, with: $0) }
    return bytes
  }

  /// Adds an array of trivial values, aligned to 8 bytes; its offset.
  private mutating func array<T: BitwiseCopyable>(_ values: [T]) -> UInt32 {
    while bytes.count % 8 != 0 { bytes.append(0) }
    let offset = UInt32(bytes.count)
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    return offset
  }
}
