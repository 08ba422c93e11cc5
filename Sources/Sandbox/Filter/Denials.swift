internal import CSeccomp
internal import Glibc
internal import PolicyCompiler

/// Hears of each denied system call, answers it EPERM and counts it, by call and program (seccomp_unotify(2)).
///
/// Allowed calls never come here. A denied one costs about 30 microseconds instead of one, so after `most` of them the
/// listener is closed: from then on the kernel answers ENOSYS at once, and nothing is counted any more.
final class Denials: FilterListener {
  /// How many denials are answered one by one.
  static let most = 10_000
  /// How many different pairs of call and program are kept apart.
  private static let mostKinds = 64

  private struct Kind: Hashable {
    let number: Int32
    let program: String
  }

  private(set) var descriptor: Int32
  private var counts: [Kind: Int] = [:]
  private var heard = 0

  /// Takes the listener over.
  init(listener: Int32) { descriptor = listener }

  deinit { end() }

  /// The filter with "tell the listener" in place of EPERM, its answer to what no policy allows.
  static func notifying(_ filter: [UInt64]) -> [UInt64] {
    func answer(_ value: UInt32) -> UInt64 { UInt64(value) << 32 | UInt64(FilterProgram.Code.answer) }
    let (denied, told) = (answer(belljar_act_errno(UInt32(EPERM))), answer(belljar_act_notify()))
    return filter.map { $0 == denied ? told : $0 }
  }

  /// Answers one call. What the caller points at is never looked at, so nothing can be raced.
  func answer() {
    var request = seccomp_notif()
    guard belljar_notify_receive(descriptor, &request) == 0 else {
      // ENOENT: the caller was killed meanwhile. What else fails must not leave callers waiting.
      if errno != ENOENT, errno != EINTR { end() }
      return
    }
    let program = readFile("/proc/\(request.pid)/comm", most: 64).map { comm in
      String(decoding: comm.prefix { $0 != 10 }.map { $0 < 32 || $0 == 127 ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }
    var response = seccomp_notif_resp()
    response.id = request.id
    response.error = -EPERM
    _ = belljar_notify_respond(descriptor, &response)
    let kind = Kind(number: request.data.nr, program: program ?? "?")
    if counts[kind] != nil || counts.count < Self.mostKinds { counts[kind, default: 0] += 1 }
    heard += 1
    if heard >= Self.most { end() }
  }

  /// Closes the listener.
  func end() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  /// What was counted, the most frequent first.
  var calls: [DeniedCalls] {
    counts.map { kind, count in
      DeniedCalls(call: SystemCallGroups.name(of: kind.number), program: kind.program, count: count)
    }
    .sorted { ($1.count, $0.call, $0.program) < ($0.count, $1.call, $1.program) }
  }

}
