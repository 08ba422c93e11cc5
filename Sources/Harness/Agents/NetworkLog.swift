internal import Egress
internal import Glibc
internal import Scoring
internal import Synchronization

/// Each request that left a sandbox, or wanted to, as a line of JSON in the state folder.
final class NetworkLog: Sendable {
  /// Bytes after which a new file is begun; the one before is kept.
  private static let most = 8 << 20

  private let path: String
  private let failed = Mutex<String?>(nil)

  init(path: String) { self.path = path }

  /// Why a line could not be written; nil while all were.
  var failure: String? { failed.withLock { $0 } }

  func write(_ record: EgressRecord, step: String) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let texts = [
      ("step", step), ("door", record.door.rawValue), ("method", record.method), ("host", record.host),
      ("path", record.path), ("verdict", "\(record.verdict)"), ("model", record.model ?? ""),
    ].filter { !$0.1.isEmpty }
    var numbers = [
      ("port", "\(record.port)"), ("status", "\(record.status)"), ("sent", "\(record.sent)"),
      ("received", "\(record.received)"),
    ]
    if let cost = record.cost { numbers.append(("usd", "\(cost.dollars)")) }
    let fields =
      ["\"at\": \(time.tv_sec)"] + texts.map { "\"\($0)\": \(StrictJSON.quoted($1))" }
      + numbers.map { "\"\($0)\": \($1)" }
    append(Array("{\(fields.joined(separator: ", "))}\n".utf8))
  }

  /// In one call, so that lines of several threads don't mix.
  private func append(_ line: [UInt8]) {
    let problem = failed.withLock { failed -> Int32 in
      let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard file >= 0 else { return errno }
      defer { close(file) }
      guard Glibc.write(file, line, line.count) == line.count else { return errno == 0 ? EIO : errno }
      var about = stat()
      if fstat(file, &about) == 0, about.st_size > Self.most { rename(path, "\(path).old") }
      return 0
    }
    guard problem != 0 else { return }
    let why = "write \(path): \(String(cString: strerror(problem)))"
    failed.withLock { $0 = $0 ?? why }
  }
}
