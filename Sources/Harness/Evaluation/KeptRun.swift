package import Digests
internal import Glibc
internal import Sandbox
internal import Scoring
internal import Workspace

/// What one `belljar score` left to be scored again: for each `command`, `tests`, `metric` and `judge` scorer what `prepare` and `run` wrote, and
/// the tree and the build's outputs that a `score` sees.
///
///     outputs/7/run.json      the tree's digest, when it was, and how many bytes it takes
///     outputs/7/built/        what the build left
///     outputs/7/0/            one folder a scorer: in/, out/, tree/ (where a report lies in the tree), stdout (where it is read), and
///                             scorer.json, which is written last: how the run ended, and the end of what it printed
///
/// The folders are moved here, not copied, so keeping costs no time. What is in them stays as hostile as it was: it is read as a run's
/// own is, mounted read-only in a sandbox, and removed.
package struct KeptRun: Sendable {
  /// One scorer's part.
  struct Part: Sendable {
    let scorer: String
    /// The scorer's kind as it was: one of another kind reads something else.
    let kind: String
    let seed: UInt64
    let left: RunRemains
    let input: String?
  }

  /// The number that `belljar score --again` takes.
  package let number: Int
  let path: String
  package let tree: Digest
  /// Seconds since 1970.
  package let at: Int
  let parts: [Part]

  /// What the build left; nil where there was none.
  var built: String? { Folders.exists("\(path)/built") ? "\(path)/built" : nil }
}

extension KeptRun {
  private static let format = 2.0

  /// Reads a kept run.
  ///
  /// - Throws: `SandboxError` that says what is missing.
  package init(number: Int, in state: StateFolder) throws {
    let path = "\(state.outputs)/\(number)"
    func wrong(_ why: String) -> SandboxError { SandboxError("read the outputs of run", "\(number)", why) }
    guard Folders.exists(path) else {
      let known = Self.numbers(in: state)
      throw wrong(
        known.isEmpty
          ? "no run is kept on this checkout; `belljar score` keeps one where a scorer of kind command, tests, metric or judge has a 'run'"
          : "it is not kept; kept are \(known.map { "\($0)" }.joined(separator: ", "))")
    }
    let fields = try Self.object("\(path)/run.json", wrong)
    guard case .number(Self.format)? = fields["format"] else { throw wrong("another version of Belljar kept it") }
    guard case .string(let text)? = fields["tree"], let tree = Digest(hex: text), case .number(let at)? = fields["at"]
    else { throw wrong("its record, \(path)/run.json, is not of the form") }
    self.number = number
    self.path = path
    self.tree = tree
    self.at = Int(exactly: at.rounded()) ?? 0
    var parts: [Part] = []
    while Folders.exists("\(path)/\(parts.count)/scorer.json") {
      let place = "\(path)/\(parts.count)"
      parts.append(try Part(reading: Self.object("\(place)/scorer.json", wrong), at: place, wrong))
    }
    self.parts = parts
  }

  /// The numbers of the runs that are kept, the oldest first.
  package static func numbers(in state: StateFolder) -> [Int] {
    (folderNames(state.outputs) ?? []).compactMap { Int($0) }
      .filter { Folders.exists("\(state.outputs)/\($0)/run.json") }.sorted()
  }

  fileprivate static func object(
    _ path: String, _ wrong: (String) -> SandboxError
  ) throws -> [String: StrictJSON.Value] {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    guard let name = TreePath(String(path[path.index(after: slash)...])),
      let bytes = try OutputFolder.read(String(path[..<slash]), name, most: 1 << 20)
    else { throw wrong("\(path) can't be read") }
    do {
      guard case .object(let members) = try StrictJSON.read(bytes).value else { throw wrong("\(path): no object") }
      return Dictionary(members.map { ($0.name, $0.value.value) }) { first, _ in first }
    } catch let error as StrictJSONError { throw wrong("\(path): \(error)") }
  }

  /// Removes kept runs, all but the newest ones and those that fit.
  ///
  /// - Parameters:
  ///   - count: How many stay at most.
  ///   - bytes: How many bytes they take together at most; the newest stays in any case.
  package static func clean(_ state: StateFolder, keeping count: Int, bytes: Int) throws {
    var left = count
    var room = bytes
    for number in numbers(in: state).reversed() {
      let size = size(number, in: state)
      if left > 0, size <= room || left == count {
        left -= 1
        room -= size
      } else {
        left = 0
        try TreeRemoval.removeTree("\(state.outputs)/\(number)")
      }
    }
  }

  /// Removes kept runs.
  ///
  /// - Parameter before: Only those older than this, in seconds since 1970.
  /// - Returns: The numbers that went, or would.
  package static func remove(_ state: StateFolder, before: Int, dryRun: Bool) throws -> [Int] {
    let old = numbers(in: state).filter { number in
      var about = stat()
      return stat("\(state.outputs)/\(number)/run.json", &about) == 0 && about.st_mtim.tv_sec < before
    }
    if !dryRun { for number in old { try TreeRemoval.removeTree("\(state.outputs)/\(number)") } }
    return old
  }

  private static func size(_ number: Int, in state: StateFolder) -> Int {
    let fields = try? object("\(state.outputs)/\(number)/run.json") { SandboxError("read", "run", $0) }
    guard case .number(let bytes)? = fields?["bytes"] else { return 0 }
    return Int(exactly: bytes.rounded()) ?? 0
  }
}

extension KeptRun.Part {
  fileprivate init(
    reading fields: [String: StrictJSON.Value], at place: String, _ wrong: (String) -> SandboxError
  ) throws {
    func text(_ name: String) -> String? { if case .string(let text)? = fields[name] { text } else { nil } }
    func number(_ name: String) -> Int? {
      if case .number(let value)? = fields[name] { Int(exactly: value) } else { nil }
    }
    guard let scorer = text("scorer"), let kind = text("kind"), let seed = text("seed").flatMap({ UInt64($0) }),
      let ended = text("ended"), case .bool(let ranOut)? = fields["ran_out_of_time"], let says = text("says"),
      let printed = number("printed"),
      let error = text("error_tail"), let output = text("output_tail")
    else { throw wrong("its record, \(place)/scorer.json, is not of the form") }
    var bytes: [UInt8] = []
    if let name = TreePath("stdout"), Folders.exists("\(place)/stdout") {
      guard let read = try OutputFolder.read(place, name, most: Workbench.reportSize) else {
        throw wrong("\(place)/stdout can't be read")
      }
      bytes = read
    }
    self.init(
      scorer: scorer, kind: kind, seed: seed,
      left: RunRemains(
        code: number("code").flatMap { Int32(exactly: $0) }, ranOutOfTime: ranOut, ended: ended, output: bytes,
        outputCount: printed,
        tails: [error, output], says: says, out: "\(place)/out",
        written: Folders.exists("\(place)/tree") ? "\(place)/tree" : nil),
      input: Folders.exists("\(place)/in") ? "\(place)/in" : nil)
  }

  /// The record that `init(reading:)` reads.
  var record: String {
    let fields: [(String, String)] = [
      ("scorer", StrictJSON.quoted(scorer)), ("kind", StrictJSON.quoted(kind)), ("seed", "\"\(seed)\""),
      ("code", left.code.map { "\($0)" } ?? "null"), ("ran_out_of_time", "\(left.ranOutOfTime)"),
      ("ended", StrictJSON.quoted(left.ended)),
      ("says", StrictJSON.quoted(left.says)), ("printed", "\(left.outputCount)"),
      ("error_tail", StrictJSON.quoted(left.tails.first ?? "")),
      ("output_tail", StrictJSON.quoted(left.tails.last ?? "")),
    ]
    return "{" + fields.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}\n"
  }
}
