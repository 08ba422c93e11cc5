internal import Digests
internal import SQLite

extension LoopStart {
  var columns: [Column] {
    [
      ("name", name.stored), ("checkout", checkout.stored), ("harness_path", harnessPath.stored),
      ("harness_text", harnessText.stored), ("harness_digest", harnessDigest.description),
      ("strategy", strategy.stored),
      ("agent", agent.stored), ("seed", seed.stored), ("baseline_tree", baselineTree.description), ("started", started),
      ("format", Chain.Format.newest.rawValue), ("folder", folder?.stored), ("prompt", prompt?.stored),
      ("iteration_limit", iterationLimit),
    ]
  }
}

extension LoopRecord {
  init(_ row: Row) throws {
    id = try row.value("id")
    start = try LoopStart(
      name: row.value("name"), checkout: row.value("checkout"), harnessPath: row.value("harness_path"),
      harnessText: row.value("harness_text"),
      harnessDigest: row.digest("harness_digest"), strategy: row.value("strategy"), agent: row.value("agent"),
      seed: row.value("seed"),
      baselineTree: row.digest("baseline_tree"), started: row.value("started"), folder: row.valueIfAny("folder"),
      prompt: row.valueIfAny("prompt"), iterationLimit: row.valueIfAny("iteration_limit"))
    ended = try row.valueIfAny("ended")
    endReason = try row.valueIfAny("end_reason")
    champion = try row.valueIfAny("champion_iteration")
  }
}

extension IterationResult {
  var columns: [Column] {
    [
      ("verdict", verdict.rawValue), ("reason", reason.stored), ("candidate", candidate?.description),
      ("tree", tree?.description), ("edit", edit?.stored), ("note", note?.stored), ("ended", ended),
      ("seconds", seconds.finite),
      ("objective", objective?.finite), ("ratio", ratio?.finite), ("ratio_low", ratioLow?.finite),
      ("ratio_high", ratioHigh?.finite), ("tries", standing.tries), ("kept", standing.kept),
      ("failures", standing.failures), ("stale", standing.stale), ("spent", standing.spent.finite ?? 0),
      ("gain", standing.gain.finite ?? 1),
    ]
  }
}

extension IterationRecord {
  init(_ row: Row, _ spending: AgentSpending?) throws {
    self.spending = spending
    loop = try row.value("loop_id")
    number = try row.value("number")
    parent = try row.valueIfAny("parent_iteration")
    state = try row.word("state")
    candidate = try row.digestIfAny("candidate")
    tree = try row.digestIfAny("tree")
    prompt = try row.valueIfAny("prompt")
    started = try row.value("started")
    championMoved = try row.value("champion_moved")
    position = try row.valueIfAny("position")
    hash = try row.digestIfAny("hash")
    result =
      hash == nil
      ? nil
      : try IterationResult(
        verdict: row.word("verdict"), reason: row.valueIfAny("reason") ?? "", candidate: candidate, tree: tree,
        edit: row.valueIfAny("edit"), note: row.valueIfAny("note"),
        ended: row.valueIfAny("ended") ?? 0, seconds: row.valueIfAny("seconds") ?? 0,
        objective: row.valueIfAny("objective"), ratio: row.valueIfAny("ratio"),
        ratioLow: row.valueIfAny("ratio_low"), ratioHigh: row.valueIfAny("ratio_high"),
        standing: Standing(
          tries: row.value("tries"), kept: row.value("kept"), failures: row.value("failures"),
          stale: row.value("stale"), spent: row.value("spent"),
          gain: row.value("gain")))
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
    try self.init(
      step: row.value("step"), side: row.word("side"), ordinal: row.value("ordinal"), outcome: row.value("outcome"),
      exitCode: row.valueIfAny("exit_code"), wallMicroseconds: row.value("wall_us"),
      userMicroseconds: row.value("user_us"),
      systemMicroseconds: row.value("sys_us"), peakMemory: row.valueIfAny("peak_memory"),
      processesLeft: row.value("processes_left"),
      stdoutTail: row.value("stdout_tail"), stderrTail: row.value("stderr_tail"),
      stdoutDigest: row.digestIfAny("stdout_digest")
    )
  }
}

extension ScoreRecord {
  var columns: [Column] {
    [
      ("scorer", scorer.stored), ("role", role.stored), ("channel", channel.stored), ("value", value?.finite),
      ("unit", unit?.stored), ("answer", answer?.stored), ("passed", passed), ("explanation", explanation?.stored),
      ("metrics", metrics?.stored), ("output", output?.stored),
    ]
  }

  init(_ row: Row) throws {
    try self.init(
      scorer: row.value("scorer"), role: row.value("role"), channel: row.value("channel"),
      value: row.valueIfAny("value"), unit: row.valueIfAny("unit"),
      answer: row.valueIfAny("answer"), passed: row.valueIfAny("passed"), explanation: row.valueIfAny("explanation"),
      metrics: row.valueIfAny("metrics"),
      output: row.valueIfAny("output"))
  }
}

extension AgentStepRecord {
  var columns: [Column] {
    [
      ("name", name.stored), ("kind", kind.stored), ("model", model?.stored), ("outcome", outcome.stored),
      ("trace", trace?.description), ("seconds", seconds.finite ?? 0), ("picodollars", picodollars),
      ("input_tokens", inputTokens), ("cached_tokens", cachedTokens), ("output_tokens", outputTokens),
      ("requests", requests),
    ]
  }

  init(_ row: Row) throws {
    try self.init(
      name: row.value("name"), kind: row.value("kind"), model: row.valueIfAny("model"), outcome: row.value("outcome"),
      trace: row.digestIfAny("trace"), seconds: row.value("seconds"), picodollars: row.valueIfAny("picodollars"),
      inputTokens: row.valueIfAny("input_tokens"), cachedTokens: row.valueIfAny("cached_tokens"),
      outputTokens: row.valueIfAny("output_tokens"), requests: row.valueIfAny("requests"))
  }
}

extension EventRecord {
  var columns: [Column] {
    [
      ("kind", kind.rawValue), ("iteration", iteration), ("at", at), ("spent", spent?.finite),
      ("value", value?.finite), ("detail", detail?.stored),
    ]
  }

  init(_ row: Row) throws {
    try self.init(
      row.word("kind"), iteration: row.valueIfAny("iteration"), at: row.value("at"), spent: row.valueIfAny("spent"),
      value: row.valueIfAny("value"),
      detail: row.valueIfAny("detail"))
    position = try row.value("position")
    hash = try row.digest("hash")
  }
}

extension Double {
  /// SQLite has no NaN; infinities are no scores.
  fileprivate var finite: Double? { isFinite ? self : nil }
}

extension Row {
  /// A column's value.
  func value<T: Storable>(_ column: String) throws -> T {
    guard let value: T = try valueIfAny(column) else { throw damaged(column) }
    return value
  }

  func valueIfAny<T: Storable>(_ column: String) throws -> T? {
    guard let stored = self[column], !stored.isNull else { return nil }
    guard let value = T(stored: stored) else { throw damaged(column) }
    return value
  }

  fileprivate func digestIfAny(_ column: String) throws -> Digest? {
    guard let text: String = try valueIfAny(column) else { return nil }
    guard let digest = Digest(hex: text) else { throw damaged(column) }
    return digest
  }

  func digest(_ column: String) throws -> Digest {
    guard let digest = try digestIfAny(column) else { throw damaged(column) }
    return digest
  }

  fileprivate func word<T: RawRepresentable>(_ column: String) throws -> T where T.RawValue == String {
    guard let text: String = try valueIfAny(column), let word = T(rawValue: text) else { throw damaged(column) }
    return word
  }

  private func damaged(_ column: String) -> Refusal {
    Refusal(why: "the column '\(column)' has a value that Belljar never writes", advice: "run `belljar verify`")
  }
}
