internal import CLinux
package import Digests
internal import Glibc
package import Sandbox
package import Workspace

/// What one run of a scorer left: how it ended, what it printed, and the folder that it wrote.
package struct ScorerRun: Sendable {
  package let result: Sandbox.Result
  /// `$BELLJAR_OUT` on the host, hostile content; removed by whoever asked for the run.
  package let out: String
  /// What the run wrote into the tree, on the host, hostile content; kept only where the report lies there.
  let written: String?
  /// Where valgrind left its counts, on the host, hostile content.
  let counts: String?
  /// `$BELLJAR_IN` on the host, or nil without `prepare`.
  package let input: String?

  /// What `expect: same` compares: exit code, stdout and every file in `$BELLJAR_OUT`.
  package func fingerprint() throws -> String {
    let files = try OutputFolder.digests(out)
    return "\(result.outcome.reason)|\(result.output.digest?.description ?? "")|\(result.output.count)|"
      + files.map { "\($0.name)=\($0.digest)" }.joined(separator: ",")
  }
}

extension Workbench {
  /// Makes what a run reads, from a seed: our side, from the frozen harness files. Nil without `prepare`.
  package func prepare(_ scorer: HarnessScorer, seed: UInt64) throws -> String? {
    guard let step = scorer.prepare else { return nil }
    let input = try newScratch()
    let upper = try newScratch()
    let work = try newScratch()
    defer { remove([upper, work]) }
    let result = try execute(
      step, name: "\(scorer.name).prepare", side: "ours", layers: [frozen, emptyLayer()], upper: upper, work: work,
      environment: ["BELLJAR_SEED": "\(seed)", "BELLJAR_IN": "/in"],
      extra: [.counted(input, at: "/in")], ours: true, advises: true)
    guard result.outcome.succeeded else {
      remove([input])
      throw EvaluationFault.invalid(
        "\(scorer.name): prepare \(result.outcome.reason)" + RunReport.why(result, result.error))
    }
    return input
  }

  /// Runs the candidate's side of a scorer, from clean layers.
  package func run(
    _ scorer: HarnessScorer, _ specimen: Specimen, side: String, input: String?, variables: [String: String] = [:]
  ) throws -> ScorerRun {
    guard let step = scorer.run else { throw EvaluationFault.invalid("\(scorer.name) has no 'run'") }
    let out = try newScratch()
    let upper = try newScratch()
    let work = try newScratch()
    let readsTree = scorer.reportPlace?.folder == .tree
    var leftovers = [upper, work]
    defer { remove(leftovers) }
    var environment = variables
    environment["BELLJAR_OUT"] = "/out"
    var extra: [Jar.Mount] = [.counted(out, at: "/out")]
    if let input {
      environment["BELLJAR_IN"] = "/in"
      extra.append(Jar.Mount(.readOnly, source: input, destination: "/in"))
    }
    var counts: String?
    var wrapper: [String] = []
    if scorer.counter == .valgrind {
      wrapper = try InstructionCount.wrapper(scorer)
      let folder = try newScratch()
      extra.append(.counted(folder, at: InstructionCount.folder))
      counts = folder
    }
    let result = try execute(
      step, name: "\(scorer.name).run", side: side, layers: specimen.runLayers, upper: upper, work: work,
      environment: environment, extra: extra, wrapper: wrapper, counter: scorer.counter == .perf ? .instructions : nil,
      keepsCores: scorer.kind == .benchmark,
      keep: scorer.readsOutput ? Self.reportSize : 1 << 20,
      advises: specimen.changes.isEmpty)
    if readsTree { leftovers.removeFirst() }
    return ScorerRun(result: result, out: out, written: readsTree ? upper : nil, counts: counts, input: input)
  }

  /// Judges a run by what it left: our side, when every process of the candidate is dead.
  ///
  /// - Parameters:
  ///   - out: `$BELLJAR_OUT` on the host.
  ///   - input: `$BELLJAR_IN` on the host; nil without `prepare`.
  func score(
    _ scorer: HarnessScorer, _ specimen: Specimen, out: String, input: String?
  ) throws -> Sandbox.Result {
    guard let step = scorer.score else { throw EvaluationFault.invalid("\(scorer.name) has no 'score'") }
    try OutputFolder.refuseOddities(out, of: scorer)
    let upper = try newScratch()
    let work = try newScratch()
    defer { remove([upper, work]) }
    var environment = ["BELLJAR_OUT": "/out"]
    var extra = [Jar.Mount(.readOnly, source: out, destination: "/out")]
    if let input {
      environment["BELLJAR_IN"] = "/in"
      extra.append(Jar.Mount(.readOnly, source: input, destination: "/in"))
    }
    return try execute(
      step, name: "\(scorer.name).score", side: "ours", layers: specimen.runLayers, upper: upper, work: work,
      environment: environment, extra: extra, ours: true)
  }

  package func release(_ run: ScorerRun) { remove([run.out, run.written, run.counts].compactMap { $0 }) }
  package func release(input: String?) { if let input { remove([input]) } }

  /// overlayfs wants a lower layer; this one has nothing in it.
  func emptyLayer() throws -> String {
    let path = "\(state.layers)/empty"
    try Folders.makeForSandbox(path)
    return path
  }
}

/// `$BELLJAR_OUT` read as hostile input: regular files only, no link followed, bounded.
package enum OutputFolder {
  /// The most bytes of one file that `expect: same` reads.
  private static let mostCompared = 1 << 30

  package struct File: Sendable {
    package let name: String
    package let digest: Digest
  }

  /// Refuses what a scorer must not be led to: a link would have it read its own answers, a pipe would block it.
  ///
  /// - Throws: `.rejected` with the first thing that is neither file nor folder.
  static func refuseOddities(_ folder: String, of scorer: HarnessScorer) throws {
    for entry in try UpperNames.list(folder, leftBy: "the run") where !entry.isFolder && entry.type != S_IFREG {
      let kind =
        switch entry.type {
        case S_IFLNK: "a link"
        case S_IFIFO: "a pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
      let name = TreePath(bytes: entry.path)?.description ?? "?"
      throw EvaluationFault.rejected("\(scorer.name): the run left \(kind) in $BELLJAR_OUT: \(name)")
    }
  }

  /// Files below the folder with their digests, by name. Links, devices and the like count as what is no file.
  static func digests(_ folder: String) throws -> [File] {
    var files: [File] = []
    for entry in try UpperNames.list(folder, leftBy: "the run") where !entry.isFolder {
      guard let path = TreePath(bytes: entry.path) else { continue }
      var hasher = Hasher256()
      var count = 0
      let isFile = stream(folder, path) { piece in
        hasher.update(piece)
        count += piece.count
        return count < mostCompared
      }
      // A file without holes is never that large within the disk budget; one with holes would take hours to read.
      guard count < mostCompared else {
        throw EvaluationFault.rejected("the run left a file that is too large to compare: \(path)")
      }
      files.append(File(name: path.description, digest: isFile ? hasher.finish() : Digest(of: "no file".utf8)))
    }
    return files.sorted { $0.name < $1.name }
  }

  /// A file's bytes; nil where it is not there, not regular, or larger than `most`.
  package static func read(_ folder: String, _ path: TreePath, most: Int) throws -> [UInt8]? {
    guard let (fd, size) = opened(folder, path) else { return nil }
    defer { close(fd) }
    guard size <= most else { return nil }
    var bytes = [UInt8](repeating: 0, count: size)
    var done = 0
    while done < bytes.count {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(fd, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if got <= 0 { break }
      done += got
    }
    return Array(bytes[0..<done])
  }

  /// Hands a file's bytes over in pieces, until `take` wants no more; false where it is not there or not regular.
  static func stream(_ folder: String, _ path: TreePath, take: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    guard let (fd, _) = opened(folder, path) else { return false }
    defer { close(fd) }
    withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
      while true {
        let got = Glibc.read(fd, buffer.baseAddress, buffer.count)
        if got < 0, errno == EINTR { continue }
        guard got > 0, take(UnsafeRawBufferPointer(rebasing: buffer[..<got])) else { return }
      }
    }
    return true
  }

  /// A regular file below a folder, reached without following a link, and its size.
  private static func opened(_ folder: String, _ path: TreePath) -> (descriptor: Int32, size: Int)? {
    let root = open(folder, linux_o_path | O_DIRECTORY | O_CLOEXEC)
    guard root >= 0 else { return nil }
    defer { close(root) }
    var current = root
    defer { if current != root { close(current) } }
    let parts = path.bytes.split(separator: UInt8(ascii: "/")).map { $0.map { CChar(bitPattern: $0) } + [0] }
    guard let last = parts.last else { return nil }
    for part in parts.dropLast() {
      let next = openat(current, part, linux_o_path | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard next >= 0 else { return nil }
      if current != root { close(current) }
      current = next
    }
    let fd = openat(current, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard fd >= 0 else { return nil }
    var about = stat()
    guard fstat(fd, &about) == 0, about.st_mode & S_IFMT == S_IFREG else {
      close(fd)
      return nil
    }
    return (fd, Int(about.st_size))
  }
}
