internal import Digests
internal import Glibc

/// The file behind an account: one line for each reservation, written and synced before its request leaves, and one for each
/// settlement.
///
/// ```
/// belljar-spend 1
/// R 1 i7 900000000000 claude-sonnet-4-5 4f1c0a2b9d3e5f60
/// S 1 81250000000 0c9b1d22e4a7f813
/// ```
/// R: number, iteration, picodollars at worst, model. S: number, picodollars that it was. Then a digest of the line with all
/// before it, so that a changed line is found. A last line that was cut short by a crash is cut off: a request whose
/// reservation isn't whole has not been forwarded, and one whose settlement isn't whole costs its reservation.
final class SpendJournal {
  struct Reserved {
    var number: Int
    var iteration: String
    var amount: USD
    var settled: USD?
  }

  private let file: Int32
  private let path: String
  private var chain: String
  private static let head = "belljar-spend 1\n"
  private static let most = 256 << 20

  /// Opens a journal, or begins one.
  ///
  /// - Throws: `EgressError` where the file is another process's, can't be written, or isn't a whole journal.
  init(path: String) throws {
    self.path = path
    chain = String(Digest(of: Self.head.utf8).description.prefix(16))
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw EgressError("open the record of spending", path, errno: errno) }
  }

  deinit { close(file) }

  /// Reads what is there; once, before anything is appended.
  func read() throws -> [Reserved] {
    // A child that is just being started holds a copy of a lock that was given up, until its execve.
    var tries = 0
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      tries += 1
      guard tries < 50 else {
        throw EgressError("open the record of spending", path, "another process is using it")
      }
      usleep(20_000)
    }
    let bytes = try SmallFile.contents(path, most: Self.most)
    guard bytes.count < Self.most else { throw EgressError("read", path, "it is larger than \(Self.most) bytes") }
    if bytes.count < Self.head.utf8.count, Self.head.utf8.starts(with: bytes) {
      // New, or cut short at its birth.
      guard ftruncate(file, 0) == 0 else { throw EgressError("truncate", path, errno: errno) }
      try append(Self.head)
      try syncFolder()
      return []
    }
    guard bytes.starts(with: Self.head.utf8) else {
      throw EgressError("read", path, "this is no record of spending; move it away to begin a new one")
    }
    var entries: [Int: Reserved] = [:]
    var whole = Self.head.utf8.count
    var number = 1
    while let end = bytes[whole...].firstIndex(of: UInt8(ascii: "\n")) {
      number += 1
      let line = String(decoding: bytes[whole..<end], as: UTF8.self)
      guard take(line, into: &entries) else {
        throw EgressError(
          "read", path, "line \(number) is damaged: what was spent can't be known; move the file away to begin anew")
      }
      whole = end + 1
    }
    if whole < bytes.count {
      guard ftruncate(file, off_t(whole)) == 0, fsync(file) == 0 else {
        throw EgressError("cut the last line of", path, errno: errno)
      }
    }
    guard lseek(file, 0, Int32(SEEK_END)) >= 0 else { throw EgressError("seek", path, errno: errno) }
    return entries.values.sorted { $0.number < $1.number }
  }

  private func take(_ line: String, into entries: inout [Int: Reserved]) -> Bool {
    guard let space = line.lastIndex(of: " ") else { return false }
    let next = link(line[..<space])
    guard line[line.index(after: space)...] == next else { return false }
    chain = next
    let words = line[..<space].split(separator: " ")
    guard words.count >= 3, let number = Int(words[1]) else { return false }
    switch words[0] {
    case "R":
      guard words.count == 5, let amount = Int64(words[3]), amount >= 0, entries[number] == nil else { return false }
      entries[number] = Reserved(number: number, iteration: String(words[2]), amount: USD(picodollars: amount))
    case "S":
      guard words.count == 3, let amount = Int64(words[2]), amount >= 0, entries[number] != nil,
        entries[number]?.settled == nil
      else { return false }
      entries[number]?.settled = USD(picodollars: amount)
    default: return false
    }
    return true
  }

  /// On the disk when it returns.
  func reserve(_ number: Int, iteration: String, _ amount: USD, model: String) throws {
    try add("R \(number) \(iteration) \(amount.picodollars) \(Self.word(model))", isSynced: true)
  }

  /// On the disk some time later: lost, it only makes the request cost its reservation.
  func settle(_ number: Int, _ amount: USD) throws { try add("S \(number) \(amount.picodollars)") }

  private func add(_ line: String, isSynced: Bool = false) throws {
    let next = link(line[...])
    let before = lseek(file, 0, Int32(SEEK_CUR))
    do {
      try append("\(line) \(next)\n")
      if isSynced, fdatasync(file) != 0 { throw EgressError("sync", path, errno: errno) }
    } catch {
      // Half a line in the middle would make the file unreadable; so would a whole one whose request was refused, as the next
      // reservation has the same number.
      if before >= 0, ftruncate(file, before) == 0 { lseek(file, before, Int32(SEEK_SET)) }
      throw error
    }
    chain = next
  }

  private func link(_ line: Substring) -> String {
    String(Digest(of: "\(chain) \(line)".utf8).description.prefix(16))
  }

  private func append(_ text: String) throws {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw EgressError("write", path, errno: errno) }
      done += count
    }
  }

  private func syncFolder() throws {
    guard fsync(file) == 0 else { throw EgressError("sync", path, errno: errno) }
    let parent = path.lastIndex(of: "/").map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
    let folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw EgressError("open", parent, errno: errno) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw EgressError("sync", parent, errno: errno) }
  }

  /// A text as one word of a line.
  static func word(_ text: String) -> String {
    let safe = text.unicodeScalars.prefix(100).map { scalar -> Character in
      let isSafe = scalar.isASCII && scalar.value > 32 && scalar.value < 127
      return isSafe ? Character(scalar) : "?"
    }
    return safe.isEmpty ? "?" : String(safe)
  }
}
