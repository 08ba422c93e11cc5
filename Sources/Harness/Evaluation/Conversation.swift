internal import Glibc
internal import Sandbox
internal import Scoring
internal import Workspace

/// `interactive: true`: our `score` runs beside the candidate's `run`, and each reads what the other prints.
///
/// Two sandboxes, two budgets. The answer goes to a descriptor that only our side has; nothing that the candidate prints can be taken for
/// it. `score` decides alone, as it is the one that was talked with: how the run ended counts only where it ran out of a budget, or
/// could not be started.
extension Workbench {
  /// How long a run may go on when `score` has ended, and its input with it.
  private static let grace = Duration.seconds(1)
  /// The number under which `score` has its descriptor.
  private static let answerNumber: Int32 = 3

  func converse(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
    guard let run = scorer.run, let score = scorer.score else {
      throw EvaluationFault.invalid("\(scorer.name) needs 'run' and 'score'")
    }
    let input = try prepare(scorer, seed: seed)
    defer { release(input: input) }
    var folders: [String] = []
    defer { remove(folders) }
    func newFolder() throws -> String {
      folders.append(try newScratch())
      return folders[folders.count - 1]
    }
    let shown = input.map { [Jar.Mount(.readOnly, source: $0, destination: "/in")] } ?? []
    let variables = input == nil ? [:] : ["BELLJAR_IN": "/in"]
    func tree() throws -> Jar.Mount {
      Jar.Mount(
        .overlay(layers: specimen.runLayers, upper: try newFolder(), work: try newFolder()), source: root,
        destination: root)
    }
    let answer = try AnswerFile(in: newFolder())
    let guest = try jar(
      run, name: "\(scorer.name).run", tree: tree(), environment: variables, extra: shown, ours: false)
    var host = try jar(
      score, name: "\(scorer.name).score", tree: tree(),
      environment: variables.merging(["BELLJAR_SEED": "\(seed)", "BELLJAR_SCORE_FD": "\(Self.answerNumber)"]) { $1 },
      extra: shown, ours: true)
    host.descriptors = [Self.answerNumber: answer.descriptor]
    // It waits for the run, so that the run's time comes out of the run's budget first.
    if let own = host.limits.wall, let other = guest.limits.wall { host.budget.wall = own + other }
    let both = try sandbox.runJoined(guest: guest, host: host, grace: Self.grace, cancellation: cancellation)
    record(RunReport(step: "\(scorer.name).run", side: "candidate", result: both.guest))
    record(RunReport(step: "\(scorer.name).score", side: "ours", result: both.host))
    if cancellation.isCancelled { throw EvaluationFault.cancelled }
    for (name, result) in [("run", both.guest), ("score", both.host)] {
      guard case .notStarted(let stage, _, _) = result.outcome.reason, stage != "execve", stage != "chdir" else {
        continue
      }
      throw EvaluationFault.invalid("\(scorer.name).\(name) \(result.outcome.reason)")
    }
    if let failed = outOfBounds(scorer, specimen, both.guest) { return failed }
    let bytes = try answer.bytes()
    if bytes.isEmpty, both.host.outcome.succeeded {
      throw ScorerBroken(message: "\(scorer.name): score wrote no answer to descriptor $BELLJAR_SCORE_FD")
    }
    return try judge(scorer, specimen, both.host, answer: bytes)
  }

  /// The outcome of a run that talked as long as it could, or never did; nil for one of which `score` is to decide.
  private func outOfBounds(
    _ scorer: HarnessScorer, _ specimen: Specimen, _ result: Sandbox.Result
  ) -> ScorerOutcome? {
    switch result.outcome.reason {
    case .exited, .signaled, .cancelled: return nil
    case .wallBudget, .cpuBudget, .memoryBudget, .processBudget, .diskBudget, .outputBudget, .deniedCall, .notStarted:
      var outcome = ScorerOutcome(
        scorer: scorer, channel: .outside, passed: false, explanation: "run \(result.outcome.reason)" + lines(result))
      outcome.decidedBy = decided(
        by: "\(scorer.name).run", words: "the run \(result.outcome.reason)", texts: [RunReport.tail(result.error)],
        specimen)
      return outcome
    }
  }
}

/// Where an interactive `score` writes its answer: a file without a name, so that no sandbox can reach it but by the descriptor.
private struct AnswerFile: ~Copyable {
  let descriptor: Int32

  init(in folder: String) throws {
    let path = "\(folder)/answer"
    let opened = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard opened >= 0 else { throw SandboxError("make", path, errno: errno) }
    unlink(path)
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// What was written; one byte more than an answer may have, where it was more.
  func bytes() throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: ScoreAnswer.sizeLimit + 1)
    var done = 0
    while done < bytes.count {
      let offset = done
      let got = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset, off_t(offset))
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw SandboxError("read", "the answer of score", errno: errno) }
      if got == 0 { break }
      done += got
    }
    return Array(bytes[..<done])
  }
}
