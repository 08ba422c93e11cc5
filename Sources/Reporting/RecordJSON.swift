internal import Digests
package import Ledger

/// What the ledger holds as JSON: `show`, `log` and `export`.
package enum RecordJSON {
  package static func loop(_ loop: LoopRecord) -> JSONValue {
    .object([
      ("record", .string("loop")), ("loop", .int(Int(loop.id))), ("name", .string(loop.start.name)),
      ("checkout", .string(loop.start.checkout)), ("strategy", .string(loop.start.strategy)),
      ("agent", .string(loop.start.agent)), ("harness", .string(loop.start.harnessText)),
      ("baseline_tree", .string(loop.start.baselineTree.description)),
      ("started", .string(Moments.text(loop.start.started))),
      ("ended", JSONValue(loop.ended.map(Moments.text))), ("end_reason", JSONValue(loop.endReason)),
      ("champion", JSONValue(loop.champion)),
    ])
  }

  package static func iteration(_ row: IterationRecord) -> JSONValue { .object(fields(row)) }

  private static func fields(_ row: IterationRecord) -> [(String, JSONValue)] {
    let result = row.result
    return [
      ("iteration", .int(row.number)), ("parent", JSONValue(row.parent)), ("state", .string(row.state.rawValue)),
      ("verdict", JSONValue(result?.verdict.rawValue)), ("reason", JSONValue(result?.reason)),
      ("edit", JSONValue(result?.edit)), ("note", JSONValue(result?.note)), ("ratio", JSONValue(result?.ratio)),
      ("low", JSONValue(result?.ratioLow)), ("high", JSONValue(result?.ratioHigh)),
      ("objective", JSONValue(result?.objective)), ("seconds", JSONValue(result?.seconds)),
      ("started", .string(Moments.text(row.started))), ("spent", JSONValue(result?.standing.spent)),
      ("gain", JSONValue(result?.standing.gain)), ("champion_moved", .bool(row.championMoved)),
      ("tree", JSONValue(result?.tree?.description)), ("candidate", JSONValue(result?.candidate?.description)),
      ("position", JSONValue(row.position)), ("hash", JSONValue(row.hash?.description)),
      ("cost_usd", JSONValue(row.spending?.cost)), ("input_tokens", JSONValue(row.spending?.inputTokens)),
      ("cached_tokens", JSONValue(row.spending?.cachedTokens)),
      ("output_tokens", JSONValue(row.spending?.outputTokens)),
    ]
  }

  package static func detail(_ detail: IterationDetail) -> JSONValue {
    .object(
      [("record", .string("iteration"))] + fields(detail.iteration) + [
        ("prompt", JSONValue(detail.iteration.prompt)), ("scores", .list(detail.scores.map(score))),
        ("runs", .list(detail.runs.map(run))), ("steps", .list(detail.steps.map(step))),
      ])
  }

  package static func score(_ score: ScoreRecord) -> JSONValue {
    .object([
      ("scorer", .string(score.scorer)), ("role", .string(score.role)), ("channel", .string(score.channel)),
      ("value", JSONValue(score.value)), ("unit", JSONValue(score.unit)), ("answer", JSONValue(score.answer)),
      ("passed", JSONValue(score.passed)), ("explanation", JSONValue(score.explanation)),
    ])
  }

  package static func run(_ run: RunRecord) -> JSONValue {
    .object([
      ("step", .string(run.step)), ("side", .string(run.side.rawValue)), ("ordinal", .int(run.ordinal)),
      ("outcome", .string(run.outcome)), ("exit_code", JSONValue(run.exitCode)),
      ("wall", .double(Double(run.wallMicroseconds) / 1e6)), ("user", .double(Double(run.userMicroseconds) / 1e6)),
      ("system", .double(Double(run.systemMicroseconds) / 1e6)),
      ("peak_memory", JSONValue(run.peakMemory.map(Int.init))), ("processes_left", .int(run.processesLeft)),
      ("stderr_tail", .string(run.stderrTail)),
    ])
  }

  package static func step(_ step: AgentStepRecord) -> JSONValue {
    .object([
      ("step", .string(step.name)), ("kind", .string(step.kind)), ("model", JSONValue(step.model)),
      ("outcome", .string(step.outcome)), ("seconds", .double(step.seconds)),
      ("cost_usd", JSONValue(step.picodollars.map { Double($0) / 1e12 })),
      ("input_tokens", JSONValue(step.inputTokens)), ("cached_tokens", JSONValue(step.cachedTokens)),
      ("output_tokens", JSONValue(step.outputTokens)), ("requests", JSONValue(step.requests)),
      ("trace", JSONValue(step.trace?.description)),
    ])
  }

  package static func event(_ event: EventRecord) -> JSONValue {
    .object([
      ("record", .string("event")), ("event", .string(event.kind.rawValue)), ("iteration", JSONValue(event.iteration)),
      ("at", .string(Moments.text(event.at))), ("spent", JSONValue(event.spent)), ("value", JSONValue(event.value)),
      ("detail", JSONValue(event.detail)), ("position", JSONValue(event.position)),
      ("hash", JSONValue(event.hash?.description)),
    ])
  }
}
