package import Digests
internal import Glibc
internal import Sandbox
internal import Scoring
internal import Workspace

/// What one `belljar score` left to be scored again: for each `command` scorer what `prepare` and `run` wrote, and the tree and the
/// build's outputs that its `score` sees.
///
///     outputs/7/run.json      the tree's digest, when it was, and how many bytes it takes
///     outputs/7/built/        what the build left
///     outputs/7/0/            one folder a scorer: in/, out/, and scorer.json, which is written last
///
/// The folders are moved here, not copied, so keeping costs no time. What is in `out` stays as hostile as it was: it is only ever
/// mounted read-only in a sandbox, and removed.
package struct KeptRun: Sendable {
  /// One scorer's part.
  struct Part: Sendable {
    let scorer: String
    let seed: UInt64
    /// What the candidate's run failed with; nil where it ended well and there is something to score.
    let failure: String?
    let out: String
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
  private static let format = 1.0

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
          ? "no run is kept on this checkout; `belljar score` keeps one where a scorer of kind command has a 'run'"
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
      let fields = try Self.object("\(place)/scorer.json", wrong)
      guard case .string(let scorer)? = fields["scorer"], case .string(let seed)? = fields["seed"],
        let seed = UInt64(seed)
      else { throw wrong("its record, \(place)/scorer.json, is not of the form") }
      var failure: String?
      if case .string(let why)? = fields["failure"] { failure = why }
      parts.append(
        Part(
          scorer: scorer, seed: seed, failure: failure, out: "\(place)/out",
          input: Folders.exists("\(place)/in") ? "\(place)/in" : nil))
    }
    self.parts = parts
  }

  /// The numbers of the runs that are kept, the oldest first.
  package static func numbers(in state: StateFolder) -> [Int] {
    (folderNames(state.outputs) ?? []).compactMap { Int($0) }
      .filter { Folders.exists("\(state.outputs)/\($0)/run.json") }.sorted()
  }

  private static func object(
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
