internal import Scoring
package import Workspace

extension HarnessScorer {
  /// Whether what a run wrote is all that its score is made of, so that it can be judged again.
  ///
  /// A time is gone with the run, a conversation too, and an exit code is judged once and for all.
  package var canScoreAgain: Bool {
    switch kind {
    case .tests, .metric: true
    case .command, .judge: run != nil && !isInteractive
    case .exitCode, .benchmark: false
    }
  }
}

extension Workbench {
  /// Runs a scorer once, as `evaluate(_:_:seed:)` does, and keeps what its run left, also where judging it fails.
  package func evaluate(
    _ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64, keeping keeper: RunKeeper
  ) throws -> ScorerOutcome {
    guard scorer.canScoreAgain else { return try evaluate(scorer, specimen, seed: seed) }
    return try notingLeftOvers {
      let run = try prepared(scorer, specimen, seed: seed)
      let part: KeptRun.Part
      do { part = try keeper.take(scorer, run, seed: seed) } catch {
        finish(run)
        throw error
      }
      return try outcome(of: scorer, specimen, part.left, input: part.input)
    }
  }

  /// A recorded tree over today's, without what is hidden today: our own steps are today's, from today's tree; what they look at is as
  /// it was.
  package func specimen(_ name: String, of tree: Tree) throws -> Specimen {
    try specimen(name, changes: Changes(base.changes(to: tree).byPath.filter { !surface.isHidden($0.key) }))
  }

  /// What there is to score again. Not to be discarded: what the build left is the kept run's own.
  package func specimen(of kept: KeptRun) throws -> Specimen {
    let tree: Tree
    do { tree = try Tree(kept.tree, in: store) } catch {
      throw EvaluationFault.invalid("the tree of run \(kept.number) is not stored any more: \(error)")
    }
    var specimen = try specimen("run \(kept.number)", of: tree)
    specimen.built = kept.built
    return specimen
  }

  /// Scores what a kept run left, as the harness has it today. Nothing of the candidate runs.
  ///
  /// - Returns: nil where the run has nothing of this scorer.
  package func scoreAgain(_ scorer: HarnessScorer, _ kept: KeptRun, _ specimen: Specimen) throws -> ScorerOutcome? {
    guard scorer.canScoreAgain, let part = kept.parts.first(where: { $0.scorer == scorer.name }),
      part.kind == scorer.kind.rawValue
    else { return nil }
    return try outcome(of: scorer, specimen, part.left, input: part.input)
  }
}
