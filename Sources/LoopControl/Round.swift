internal import Agents
internal import Harness
internal import Ledger

/// A round: one try, or as many side by side as the harness says.
///
/// All of them begin from the same state; agents, builds and gates run beside each other; then, when nothing of ours runs any more,
/// one is measured after the other, in the order of their numbers.
extension LoopRunner {
  /// Takes a round from its beginning to its verdicts.
  func oneRound() throws {
    var attempts = try cutShort.isEmpty ? beginRound() : beginAgain()
    defer { for attempt in attempts { release(attempt) } }
    if readsPrompt {
      try checkVersions(attempts)
      try makeSideBySide(&attempts)
    } else if let agent = bench.harness.agent {
      for index in attempts.indices { try search(&attempts[index], agent) }
    }
    for attempt in attempts { try conclude(attempt) }
    for attempt in attempts {
      guard case .noAccess(let why)? = attempt.proposal else { continue }
      throw EvaluationFault.invalid(
        "\(why)\nwhich key is used says `belljar check`; the loop goes on with `belljar resume`")
    }
  }

  /// Records that tries begin: all of a round at once.
  private func beginRound() throws -> [Attempt] {
    let most = bench.harness.loop.parallel
    let count = rules.room(for: most)
    let numbers = nextNumber...nextNumber + count - 1
    let attempts = try planned(numbers, of: most > 1 ? numbers : nil)
    let starts = attempts.map { IterationStart(parent: $0.parent.number, prompt: recordedPrompt($0)) }
    if most > 1 {
      try ledger.beginRound(
        LoopRound(numbers, champion: championNumber), loop: loop, starts, started: Clock.now(), spent: clock.seconds)
    } else {
      for start in starts {
        _ = try ledger.beginIteration(
          loop: loop, parent: start.parent, prompt: start.prompt, started: Clock.now(), soon: true)
      }
      try behind.add { [ledger] in try ledger.flush() }
    }
    return attempts
  }

  /// Records that tries begin whose last attempts were cut short.
  private func beginAgain() throws -> [Attempt] {
    defer { (cutShort, interrupted) = ([], []) }
    for (attempt, row) in zip(cutShort, interrupted) {
      try beginAgain(row, parent: attempt.parent.number, prompt: recordedPrompt(attempt), state: .proposing)
    }
    return cutShort
  }

  /// - Parameters:
  ///   - numbers: Tries that begin from what stands now.
  ///   - round: All tries of their round; nil where there are no rounds.
  func planned(_ numbers: some Sequence<Int>, of round: ClosedRange<Int>?) throws -> [Attempt] {
    let failures = championScores.filter { $0.passed == false }
    return try numbers.map { number in
      let parent = try nextParent(ahead: round.map { number - $0.lowerBound } ?? 0)
      let told = bench.harness.agents.indices.map { index in
        PromptText.text(
          bench.harness, own: prompts.indices.contains(index) ? prompts[index] : nil, champion: championScores,
          tries: tries, lines: population == nil ? nil : parent, round: round.map { (number, $0) })
      }
      let ask = Ask(
        number: number, parent: parent.specimen, baseline: baseline, history: history, prompts: told,
        clues: failures.flatMap { [$0.explanation, $0.failingOutput] },
        // A search derives everything from one seed and its history.
        seed: seeds.seed(iteration: 0, pair: 0, purpose: "agent"))
      let own = bench.beside()
      own.trial = "\(number)"
      return Attempt(ask: ask, parent: parent, champion: champion, championNumber: championNumber, bench: own)
    }
  }

  private func recordedPrompt(_ attempt: Attempt) -> String? {
    readsPrompt ? kept(PromptText.recorded(attempt.ask.prompts, bench.harness.agents)) : nil
  }

  var work: AttemptWork {
    AttemptWork(
      ledger: ledger, behind: behind, loop: loop, baseline: baseline, alpha: bench.harness.loop.alphaBudget,
      calibration: calibration, seeds: seeds)
  }

  /// Once in a process, before the first try.
  private func checkVersions(_ attempts: [Attempt]) throws {
    guard !areVersionsKnown, let first = attempts.first else { return }
    try AgentPipeline(bench: first.bench, loop: loop, tell: { _ in }).checkVersions(on: first.parent.specimen)
    areVersionsKnown = true
  }

  private func search(_ attempt: inout Attempt, _ agent: HarnessAgent) throws {
    let began = Clock.working()
    let proposal = try search.propose(attempt.ask, agent)
    attempt.proposal = proposal
    if case .changes(let changes, let key, let note) = proposal {
      tell(.trying(number: attempt.number, note: key.isEmpty ? note : key))
      do {
        attempt.judgement = try waitingForJudges(attempt.number) { try work.gate(changes, attempt) }
      } catch EvaluationFault.unavailable(let why) {
        attempt.limit = UsageLimit(number: attempt.number, why: why, until: nil)
      }
    }
    attempt.seconds = Clock.working() - began
  }

  /// Asks until all have a proposal that went through its gates, waiting together for the end of an account's limits.
  private func makeSideBySide(_ attempts: inout [Attempt]) throws {
    let work = work
    var asked = Array(attempts.indices)
    var waits = 0
    while true {
      let pieces = asked.map { index -> SideBySide.Piece<LoopEvent, Attempt> in
        let attempt = attempts[index]
        return { tell in try work.make(attempt, tell: tell) }
      }
      let answers = try SideBySide.run(pieces, hearing: tell)
      for (index, answer) in zip(asked, answers) {
        attempts[index] = try answer.get()
        rules.isCostSpent = rules.isCostSpent || attempts[index].runs.contains(where: \.isLoopBudgetSpent)
      }
      rules.cost = bench.spending?.spent ?? 0
      asked = asked.filter { attempts[$0].limit != nil }
      let limits = asked.compactMap { attempts[$0].limit }
      guard !limits.isEmpty, rules.end == nil, try wait(for: limits, waits: waits) else { return }
      waits += 1
    }
  }
}
