internal import Scoring
internal import Workspace

extension Workbench {
  /// Runs a scorer once, as `evaluate(_:_:seed:)` does, and keeps what a `command` scorer's run wrote, also where judging it fails.
  package func evaluate(
    _ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64, keeping keeper: RunKeeper
  ) throws -> ScorerOutcome {
    guard scorer.kind == .command, scorer.score != nil else { return try evaluate(scorer, specimen, seed: seed) }
    return try notingLeftOvers {
      let run = try prepared(scorer, specimen, seed: seed)
      let failed = failed(scorer, specimen, run)
      let part: KeptRun.Part
      do { part = try keeper.take(scorer, run, seed: seed, failure: failed?.explanation) } catch {
        finish(run)
        throw error
      }
      return try failed ?? judge(scorer, specimen, score(scorer, specimen, out: part.out, input: part.input))
    }
  }

  /// What there is to score again: the tree of a kept run over today's, without what is hidden today.
  ///
  /// Our own steps are today's, from today's tree; what they look at is as it was. Not to be discarded: what the build left is the
  /// kept run's own.
  package func specimen(of kept: KeptRun) throws -> Specimen {
    let tree: Tree
    do { tree = try Tree(kept.tree, in: store) } catch {
      throw EvaluationFault.invalid("the tree of run \(kept.number) is not stored any more: \(error)")
    }
    let changes = Changes(base.changes(to: tree).byPath.filter { !surface.isHidden($0.key) })
    var specimen = try specimen("run \(kept.number)", changes: changes)
    specimen.built = kept.built
    return specimen
  }

  /// Scores what a kept run wrote, with today's `score`. Nothing of the candidate's runs.
  ///
  /// - Returns: nil where the run has nothing of this scorer.
  package func scoreAgain(_ scorer: HarnessScorer, _ kept: KeptRun, _ specimen: Specimen) throws -> ScorerOutcome? {
    guard scorer.kind == .command, scorer.score != nil,
      let part = kept.parts.first(where: { $0.scorer == scorer.name })
    else { return nil }
    if let failure = part.failure {
      var outcome = ScorerOutcome(scorer: scorer, channel: .outside, passed: false, explanation: failure)
      outcome.decidedBy = decided(by: "\(scorer.name).run", words: failure, specimen)
      return outcome
    }
    return try judge(scorer, specimen, score(scorer, specimen, out: part.out, input: part.input))
  }
}
