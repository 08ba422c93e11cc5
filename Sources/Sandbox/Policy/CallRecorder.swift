internal import CSeccomp
internal import Glibc
internal import PolicyCompiler

/// Lets every call pass that some group allows, and writes down which they were and which files they named.
///
/// For watching a command that its user trusts: what the caller points at is read while other threads may change it, so
/// what is written down is an observation and decides nothing. Calls that no group holds are refused as ever.
final class CallRecorder: FilterListener {
  private(set) var descriptor: Int32 = -1
  /// Calls that were let through, by number.
  private(set) var used: Set<Int32> = []
  /// Calls that no policy could allow.
  private(set) var refused: Set<Int32> = []
  /// Absolute paths that were asked for, whether they are there or not; at most 20,000.
  private(set) var paths: Set<String> = []

  private let known: Set<Int32>

  /// Where calls that take a path have it, by the call's name. Not execve: the first comes before anybody listens.
  static let pathArguments = [
    "open": 0, "openat": 1, "openat2": 1, "creat": 0, "stat": 0, "lstat": 0, "newfstatat": 1, "statx": 1, "access": 0,
    "faccessat": 1, "faccessat2": 1, "readlink": 0, "readlinkat": 1, "chdir": 0,
    "statfs": 0,
  ]
  private let pathArgument: [Int32: Int]

  init() throws {
    let names = Set(try SystemCallGroups.all().values.flatMap { $0 })
    known = Set(names.map { seccomp_syscall_resolve_name($0) })
    var places: [Int32: Int] = [:]
    for (name, argument) in Self.pathArguments { places[seccomp_syscall_resolve_name(name)] = argument }
    pathArgument = places
  }

  /// What is allowed without a question: the group that every program needs, but for the calls that name files.
  static func unwatched() throws -> [String] {
    (try SystemCallGroups.all()["basic"] ?? []).filter { pathArguments[$0] == nil }
  }

  func take(listener: Int32) -> CallRecorder {
    descriptor = listener
    return self
  }

  func answer() {
    var request = seccomp_notif()
    guard belljar_notify_receive(descriptor, &request) == 0 else {
      if errno != ENOENT, errno != EINTR { end() }
      return
    }
    let number = request.data.nr
    var response = seccomp_notif_resp()
    response.id = request.id
    if known.contains(number), Self.isAllowed(request.data) {
      used.insert(number)
      if let argument = pathArgument[number], paths.count < 20_000, let path = Self.path(request, argument) {
        paths.insert(path)
      }
      response.flags = UInt32(SECCOMP_USER_NOTIF_FLAG_CONTINUE)
    } else {
      refused.insert(number)
      response.error = -EPERM
    }
    _ = belljar_notify_respond(descriptor, &response)
  }

  func end() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  deinit { end() }

  /// The same checks of plain arguments as a filter makes.
  private static func isAllowed(_ data: seccomp_data) -> Bool {
    let name = SystemCallGroups.name(of: data.nr)
    if name == "ioctl" { return SystemCallRules.ioctls.contains(data.args.1 & 0xffff_ffff) }
    guard let conditions = SystemCallRules.conditions[name] else { return true }
    let arguments = [data.args.0, data.args.1, data.args.2, data.args.3, data.args.4, data.args.5]
    return conditions.allSatisfy { $0.holds(arguments) }
  }

  private static func path(_ request: seccomp_notif, _ argument: Int) -> String? {
    let arguments = [request.data.args.0, request.data.args.1]
    let memory = open("/proc/\(request.pid)/mem", O_RDONLY | O_CLOEXEC)
    guard memory >= 0 else { return nil }
    defer { close(memory) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    // A path may end at the last page that is mapped.
    let address = arguments[argument]
    let first = Int(4096 - address % 4096)
    var got = pread(memory, &bytes, first, off_t(Int(bitPattern: UInt(address))))
    if got == first, !bytes.prefix(first).contains(0), first < bytes.count {
      let more = bytes.withUnsafeMutableBytes {
        pread(memory, $0.baseAddress.map { $0 + first }, 4096 - first, off_t(Int(bitPattern: UInt(address)) + first))
      }
      got += max(0, more)
    }
    guard got > 1, bytes[0] == UInt8(ascii: "/") else { return nil }
    return String(decoding: bytes.prefix(got).prefix { $0 != 0 }, as: UTF8.self)
  }
}
