internal import Agents
internal import Egress
internal import Sandbox
internal import Scoring
internal import Workspace

extension Workbench {
  /// Has a candidate's outputs judged as often as the harness says; the median counts, and every judging is told.
  ///
  /// - Throws: `ScorerBroken` where the judge has no answer that fits, `.limited` or `.unavailable` where it can't be asked.
  func judged(_ scorer: HarnessScorer, _ specimen: Specimen, _ left: RunRemains) throws -> ScorerOutcome {
    try judged(scorer, specimen) { judge throws in try outputs(for: judge, of: scorer, left) }
  }

  /// Has judged what a candidate's build left.
  func judgedBuild(_ scorer: HarnessScorer, _ specimen: Specimen) throws -> ScorerOutcome {
    try judged(scorer, specimen) { judge throws in try outputs(for: judge, builtBy: specimen) }
  }

  private func judged(
    _ scorer: HarnessScorer, _ specimen: Specimen, _ outputs: (HarnessJudge) throws -> [JudgedOutput]
  ) throws -> ScorerOutcome {
    guard let judge = scorer.judge else { throw EvaluationFault.invalid("\(scorer.name) has no judge") }
    do {
      let outputs = try outputs(judge)
      let rubric = try rubric(of: judge, scorer)
      try openAccount()
      let judgings = try (1...max(1, scorer.repeats)).map { number in
        try judging(judge, rubric, outputs, "judging \(number) of \(scorer.repeats) of \(specimen.name)")
      }
      var outcome = Judging.outcome(of: scorer, judgings)
      outcome.decidedBy = DecidedBy(step: judge.agent.name, words: outcome.explanation)
      return outcome
    } catch let unfit as UnfitOutputs {
      var outcome = ScorerOutcome(scorer: scorer, channel: .inside, passed: false, explanation: unfit.why)
      outcome.decidedBy = DecidedBy(step: "\(scorer.name).run", words: unfit.why)
      return outcome
    }
  }

  /// Asks once, and once more where the answer doesn't fit.
  private func judging(
    _ judge: HarnessJudge, _ rubric: String, _ outputs: [JudgedOutput], _ what: String
  ) throws -> Judging {
    var cost: Double?
    var complaint: String?
    for ask in 1...2 {
      let prompt = JudgePrompt(
        rubric: rubric, outputs: outputs, scale: judge.scale, mark: JudgePrompt.newMark(for: outputs),
        complaint: complaint)
      var run = try self.ask(judge.agent, prompt)
      run.trace.insert(TraceEvent(.session, text: what + (ask == 1 ? "" : ", asked again")), at: 0)
      noteJudging(run)
      if let dollars = run.cost?.dollars { cost = (cost ?? 0) + dollars }
      if let fault = Self.fault(of: run) { throw fault }
      do throws(JudgeAnswerError) {
        return Judging(answer: try JudgeAnswer.read(run.answer, scale: judge.scale), cost: cost)
      } catch {
        complaint = error.description
      }
    }
    throw ScorerBroken(message: "\(judge.agent.name): what it answered can't be used, twice: \(complaint ?? "")")
  }

  /// Asks in an empty tree and a new home, or the model directly.
  private func ask(_ agent: HarnessAgent, _ prompt: JudgePrompt) throws -> AgentRun {
    let iteration = "\(trial).\(agent.name)"
    if agent.kind == .model {
      return try asking(agent, iteration: iteration) {
        $0.answer(system: prompt.system, question: prompt.question, maximum: JudgePrompt.answerTokens)
      }
    }
    let nothing = Specimen(name: "nothing", tree: Tree(), changes: Changes(), layers: [try emptyLayer()])
    let place = try newWorkplace(on: nothing)
    defer { release(place) }
    if !triedJudges.contains(agent.name) {
      try checkVersion(of: agent, in: place)
      triedJudges.insert(agent.name)
    }
    return try runAgent(agent, in: place, prompt: prompt.whole, home: nil, iteration: iteration)
  }

  /// What a judge that did not come to an answer makes of the evaluation; nil where it did.
  private static func fault(of run: AgentRun) -> (any Error)? {
    let name = run.agent.name
    switch run.end {
    case .finished: return nil
    case .usageLimit(let why, let until): return EvaluationFault.limited("\(name): \(why.suffix(300))", until: until)
    case .authentication(let why):
      return EvaluationFault.unavailable("\(name) has no access to its model: \(why.suffix(300))")
    case .network(let why): return EvaluationFault.unavailable("\(name) could not reach its model: \(why.suffix(300))")
    case .budget(let why) where run.isLoopBudgetSpent: return EvaluationFault.unavailable("\(name): \(why.suffix(300))")
    case .budget(let why): return ScorerBroken(message: "\(name) ran into its limit: \(why.suffix(600))")
    case .crashed(let why): return ScorerBroken(message: "\(name) failed: \(why.suffix(600))")
    case .refused(let why): return ScorerBroken(message: "\(name) refused: \(why.suffix(600))")
    }
  }

  /// The rubric as it was when the loop began: a file of the tree is the baseline's, whatever a candidate has in its place.
  private func rubric(of judge: HarnessJudge, _ scorer: HarnessScorer) throws -> String {
    let file: String
    switch judge.rubric {
    case .text(let text): return text
    case .file(let path): file = path
    }
    let path = absolute(file)
    var bytes: [UInt8]?
    if path.hasPrefix(root + "/"), let inner = TreePath(String(path.dropFirst(root.count + 1))) {
      guard !surface.isEditable(inner) else {
        throw EvaluationFault.invalid(
          "\(scorer.name): candidates may change the rubric \(inner); take it out of surface.editable")
      }
      if case .file(let digest, _, let size)? = base[inner]?.kind, size <= HarnessJudge.rubricLimit {
        bytes = try store.read(digest)
      }
    }
    let text = bytes.flatMap { String(validating: $0, as: UTF8.self) } ?? readText(path)
    guard let text, text.contains(where: { !$0.isWhitespace }), text.utf8.count <= HarnessJudge.rubricLimit else {
      throw EvaluationFault.invalid(
        "\(scorer.name): the rubric \(path) can't be read, is empty, or has more than \(HarnessJudge.rubricLimit) bytes"
      )
    }
    return text
  }
}

extension AgentRun {
  /// What it answered: its result where its kind names one, else all that it said last.
  fileprivate var answer: String {
    guard case .finished(let words) = end, !words.isEmpty, agent.kind != .command || agent.speaksProtocol else {
      return lastWords
    }
    return words
  }
}
