internal import Glibc
internal import Sandbox
internal import Scoring
internal import Workspace

/// Keeps the outputs of an evaluation while it goes on, as a ``KeptRun``.
///
/// They are gathered in the process's scratch folder and get their place and number at the end, at once: what a killed process had
/// gathered goes with its scratch folder.
package final class RunKeeper {
  /// How many runs of a checkout are kept.
  package static let runs = 10
  /// How many bytes they may take together, the newest left out.
  package static let bytes = 1 << 30

  private let bench: Workbench
  private let path: String
  private var parts = 0

  package init(_ bench: Workbench) throws {
    self.bench = bench
    path = try bench.newScratch()
  }

  /// Takes over what a run left.
  func take(_ scorer: HarnessScorer, _ run: ScorerRun, seed: UInt64) throws -> KeptRun.Part {
    let place = "\(path)/\(parts)"
    parts += 1
    try Folders.make(place, mode: 0o700)
    var left = run.remains
    try move(left.out, to: "\(place)/out")
    left.out = "\(place)/out"
    if let written = left.written {
      try move(written, to: "\(place)/tree")
      left.written = "\(place)/tree"
    }
    if let input = run.input { try move(input, to: "\(place)/in") }
    if scorer.readsOutput { try write(left.output, "\(place)/stdout") }
    let part = KeptRun.Part(
      scorer: scorer.name, kind: scorer.kind.rawValue, seed: seed, left: left,
      input: run.input == nil ? nil : "\(place)/in")
    try write(Array(part.record.utf8), "\(place)/scorer.json")
    return part
  }

  /// Ends the run: it can be scored again from here on. Older runs make room for it.
  ///
  /// - Returns: Its number; nil where there is nothing to score again.
  package func finish(_ specimen: Specimen) throws -> Int? {
    guard parts > 0 else { return nil }
    if let built = specimen.built { try move(built, to: "\(path)/built") }
    let tree = try specimen.tree.put(in: bench.store)
    // A folder that can't be looked into may hold anything: such a run is the first to make room.
    let bytes = (try? Self.size(path)) ?? Self.bytes
    try write(
      Array("{\"format\": 2, \"tree\": \"\(tree)\", \"at\": \(time(nil)), \"bytes\": \(bytes)}\n".utf8),
      "\(path)/run.json")
    let outputs = bench.state.outputs
    try Folders.make(outputs, mode: 0o700)
    var number = (KeptRun.numbers(in: bench.state).last ?? 0) + 1
    // Another `belljar score` may have taken the same number; a folder is never renamed over one that has something in it.
    while rename(path, "\(outputs)/\(number)") != 0 {
      guard errno == EEXIST || errno == ENOTEMPTY else {
        throw SandboxError("keep", "\(outputs)/\(number)", errno: errno)
      }
      number += 1
    }
    try KeptRun.clean(bench.state, keeping: Self.runs, bytes: Self.bytes)
    return number
  }

  private func move(_ old: String, to new: String) throws {
    guard rename(old, new) == 0 else { throw SandboxError("keep", new, errno: errno) }
  }

  private func write(_ bytes: [UInt8], _ path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw SandboxError("write", path, errno: errno) }
    defer { close(file) }
    guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
      throw SandboxError("write", path, errno: errno)
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
