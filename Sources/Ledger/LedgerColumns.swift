internal import Digests
internal import GRDB

extension LoopStart {
  var columns: [Column] {
    [
      ("name", name.stored), ("checkout", checkout.stored), ("harness_path", harnessPath.stored),
      ("harness_text", harnessText.stored), ("harness_digest", harnessDigest.description),
      ("strategy", strategy.stored),
      ("agent", agent.stored), ("seed", seed.stored), ("baseline_tree", baselineTree.description), ("started", started),
    ]
  }
}

extension LoopRecord {
  init(_ row: Row) throws {
    id = row["id"]
    start = LoopStart(
      name: row["name"], checkout: row["checkout"], harnessPath: row["harness_path"], harnessText: row["harness_text"],
      harnessDigest: try row.digest("harness_digest"), strategy: row["strategy"], agent: row["agent"],
      seed: row["seed"],
      baselineTree: try row.digest("baseline_tree"), started: row["started"])
    ended = row["ended"]
    endReason = row["end_reason"]
    champion = row["champion_iteration"]
  }
}

extension IterationResult {
  var columns: [Column] {
    [
      ("verdict", verdict.rawValue), ("reason", reason.stored), ("candidate", candidate?.description),
      ("tree", tree?.description), ("note", note?.stored), ("ended", ended), ("seconds", seconds.finite),
      ("objective", objective?.finite), ("ratio", ratio?.finite), ("ratio_low", ratioLow?.finite),
      ("ratio_high", ratioHigh?.finite),
    ]
  }
}

extension IterationRecord {
  init(_ row: Row) throws {
    loop = row["loop_id"]
    number = row["number"]
    parent = row["parent_iteration"]
    state = try row.word("state")
    candidate = try row.digestIfAny("candidate")
    tree = try row.digestIfAny("tree")
    prompt = row["prompt"]
    started = row["started"]
    championMoved = row["champion_moved"]
    hash = try row.digestIfAny("hash")
    result =
      hash == nil
      ? nil
      : IterationResult(
        verdict: try row.word("verdict"), reason: row["reason"] ?? "", candidate: candidate, tree: tree,
        note: row["note"],
        ended: row["ended"] ?? 0, seconds: row["seconds"] ?? 0, objective: row["objective"], ratio: row["ratio"],
        ratioLow: row["ratio_low"], ratioHigh: row["ratio_high"])
  }
}

extension RunRecord {
  var columns: [Column] {
    [
      ("step", step.stored), ("side", side.rawValue), ("ordinal", ordinal), ("outcome", outcome.stored),
      ("exit_code", exitCode), ("wall_us", wallMicroseconds), ("user_us", userMicroseconds),
      ("sys_us", systemMicroseconds), ("peak_memory", peakMemory), ("processes_left", processesLeft),
      ("stdout_tail", stdoutTail.stored), ("stderr_tail", stderrTail.stored),
      ("stdout_digest", stdoutDigest?.description),
    ]
  }

  init(_ row: Row) throws {
    self.init(
      step: row["step"], side: try row.word("side"), ordinal: row["ordinal"], outcome: row["outcome"],
      exitCode: row["exit_code"], wallMicroseconds: row["wall_us"], userMicroseconds: row["user_us"],
      systemMicroseconds: row["sys_us"], peakMemory: row["peak_memory"], processesLeft: row["processes_left"],
      stdoutTail: row["stdout_tail"], stderrTail: row["stderr_tail"], stdoutDigest: try row.digestIfAny("stdout_digest")
    )
  }
}

extension ScoreRecord {
  var columns: [Column] {
    [
      ("scorer", scorer.stored), ("role", role.stored), ("channel", channel.stored), ("value", value?.finite),
      ("unit", unit?.stored), ("answer", answer?.stored), ("passed", passed), ("explanation", explanation?.stored),
      ("metrics", metrics?.stored),
    ]
  }

  init(_ row: Row) {
    self.init(
      scorer: row["scorer"], role: row["role"], channel: row["channel"], value: row["value"], unit: row["unit"],
      answer: row["answer"], passed: row["passed"], explanation: row["explanation"], metrics: row["metrics"])
  }
}

extension Double {
  /// SQLite has no NaN; infinities are no scores.
  fileprivate var finite: Double? { isFinite ? self : nil }
}

extension Row {
  fileprivate func digestIfAny(_ column: String) throws -> Digest? {
    guard let text: String = self[column] else { return nil }
    guard let digest = Digest(hex: text) else { throw damaged(column) }
    return digest
  }

  fileprivate func digest(_ column: String) throws -> Digest {
    guard let digest = try digestIfAny(column) else { throw damaged(column) }
    return digest
  }

  fileprivate func word<T: RawRepresentable>(_ column: String) throws -> T where T.RawValue == String {
    guard let text: String = self[column], let word = T(rawValue: text) else { throw damaged(column) }
    return word
  }

  private func damaged(_ column: String) -> Refusal {
    Refusal(why: "the column '\(column)' has a value that Belljar never writes", advice: "run `belljar verify`")
  }
}
