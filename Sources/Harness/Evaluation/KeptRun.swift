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
    guard let stream = opendir(state.outputs) else { return [] }
    defer { closedir(stream) }
    var numbers: [Int] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if let number = Int(name), Folders.exists("\(state.outputs)/\(name)/run.json") { numbers.append(number) }
    }
    return numbers.sorted()
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

  /// Removes kept runs, and what killed processes left of unfinished ones.
  ///
  /// - Parameter before: Only those older than this, in seconds since 1970: another process may be writing a newer one.
  /// - Returns: The numbers that went, or would.
  package static func remove(_ state: StateFolder, before: Int, dryRun: Bool) throws -> [Int] {
    guard let stream = opendir(state.outputs) else { return [] }
    defer { closedir(stream) }
    var removed: [Int] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      var about = stat()
      guard let number = Int(name), lstat("\(state.outputs)/\(name)", &about) == 0, about.st_mtim.tv_sec < before else {
        continue
      }
      removed.append(number)
      if !dryRun { try TreeRemoval.removeTree("\(state.outputs)/\(name)") }
    }
    return removed.sorted()
  }

  private static func size(_ number: Int, in state: StateFolder) -> Int {
    let fields = try? object("\(state.outputs)/\(number)/run.json") { SandboxError("read", "run", $0) }
    guard case .number(let bytes)? = fields?["bytes"] else { return 0 }
    return Int(exactly: bytes.rounded()) ?? 0
  }
}

/// Keeps the outputs of an evaluation while it goes on; a run that was not finished is no run.
package final class RunKeeper {
  /// How many runs of a checkout are kept.
  package static let runs = 10
  /// How many bytes they may take together, the newest left out.
  package static let bytes = 1 << 30

  package let number: Int
  private let state: StateFolder
  private let path: String
  private var parts = 0
  private var isFinished = false

  package init(_ state: StateFolder) throws {
    self.state = state
    try Folders.make(state.outputs, mode: 0o700)
    var number = (KeptRun.numbers(in: state).last ?? 0) + 1
    // Another `belljar score` may be on its way to the same number.
    while mkdir("\(state.outputs)/\(number)", 0o700) != 0 {
      guard errno == EEXIST else {
        throw SandboxError("make folder", "\(state.outputs)/\(number)", String(cString: strerror(errno)))
      }
      number += 1
    }
    self.number = number
    path = "\(state.outputs)/\(number)"
  }

  deinit {
    guard !isFinished else { return }
    do { try TreeRemoval.removeTree(path) } catch {
      // Without its run.json it is no run; the next `clean` doesn't see it, `belljar gc` removes it.
    }
  }

  /// Takes over what a run wrote.
  func take(_ scorer: HarnessScorer, _ run: ScorerRun, seed: UInt64, failure: String?) throws -> KeptRun.Part {
    let place = "\(path)/\(parts)"
    parts += 1
    try Folders.make(place, mode: 0o700)
    try move(run.out, to: "\(place)/out")
    if let input = run.input { try move(input, to: "\(place)/in") }
    let failed = failure.map { ", \"failure\": \(StrictJSON.quoted($0))" } ?? ""
    try write(
      "{\"scorer\": \(StrictJSON.quoted(scorer.name)), \"seed\": \"\(seed)\"\(failed)}\n", "\(place)/scorer.json")
    return KeptRun.Part(
      scorer: scorer.name, seed: seed, failure: failure, out: "\(place)/out",
      input: run.input == nil ? nil : "\(place)/in")
  }

  /// Ends the run: it can be scored again from here on. Older runs make room for it.
  ///
  /// - Returns: Whether there is anything to score again.
  package func finish(_ specimen: Specimen, _ bench: Workbench) throws -> Bool {
    guard parts > 0 else { return false }
    if let built = specimen.built { try move(built, to: "\(path)/built") }
    let tree = try specimen.tree.put(in: bench.store)
    let bytes = try Self.size(path)
    try write(
      "{\"format\": 1, \"tree\": \"\(tree)\", \"at\": \(time(nil)), \"bytes\": \(bytes)}\n", "\(path)/run.json")
    isFinished = true
    try KeptRun.clean(state, keeping: Self.runs, bytes: Self.bytes)
    return true
  }

  private func move(_ old: String, to new: String) throws {
    guard rename(old, new) == 0 else { throw SandboxError("keep", new, String(cString: strerror(errno))) }
  }

  private func write(_ text: String, _ path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw SandboxError("write", path, String(cString: strerror(errno))) }
    defer { close(file) }
    let bytes = Array(text.utf8)
    guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
      throw SandboxError("write", path, String(cString: strerror(errno)))
    }
  }

  /// What the files below a folder take on the disk, by their blocks: a sparse file takes none.
  private static func size(_ folder: String) throws -> Int {
    var bytes = 0
    for entry in try UpperNames.list(folder, leftBy: "the run") where !entry.isFolder {
      var about = stat()
      let path = Array(folder.utf8) + [UInt8(ascii: "/")] + entry.path + [0]
      if lstat(path.map { CChar(bitPattern: $0) }, &about) == 0 { bytes += Int(about.st_blocks) * 512 }
    }
    return bytes
  }
}
