package import Scoring

/// How the loop runs and when it ends.
package struct HarnessLoop: Sendable, Hashable {
  package enum Strategy: String, Sendable, CaseIterable {
    /// Until the gates pass.
    case retry
    /// Keep what improves the objective.
    case optimize
  }

  /// What the objective should reach.
  package enum Target: Sendable, Hashable {
    /// So many times as good as the baseline.
    case ratio(Double)
    /// A value of the objective.
    case value(Double)
  }

  /// What ends a loop; nil where it does not.
  package struct Stop: Sendable, Hashable {
    package var iterations: Int?
    package var wall: Duration?
    /// Iterations in a row that failed.
    package var failures = 5
    /// Iterations in a row without improvement.
    package var stale: Int?
    package var target: Target?
    /// US dollars.
    package var cost: Double?

    /// The iterations of a loop that names no other budget.
    package static let defaultIterations = AlphaBudget.usualTries
  }

  /// Candidates kept side by side, in place of the champion alone.
  package struct Population: Sendable, Hashable {
    /// Members at most, on all islands together.
    package var size: Int
    /// How many an agent is shown: the one that it changes, and others for ideas.
    package var parents = 2
    /// The best of each island goes to the next after so many tries.
    package var migration = 20

    package init(size: Int, parents: Int = 2, migration: Int = 20) {
      self.size = size
      self.parents = parents
      self.migration = migration
    }
  }

  /// The most tries that may be made side by side.
  package static let mostParallel = 64

  package var strategy: Strategy
  package var stop = Stop()
  /// The most that objects and ledger may take on the disk, in bytes; nil for no limit.
  package var disk: Int?
  /// Nil where each try builds on the champion.
  package var population: Population?
  /// How many tries are made side by side; their measurements are taken one after the other.
  package var parallel = 1
  /// Processors that all sandboxes of the loop have together; nil for all that there are.
  package var cores: Int?
  /// Bytes of memory that they have together; nil for no limit but each one's own.
  package var memory: Int?
  package var seed: Int?
  /// After so many candidates were kept, the champion is measured against the baseline once more.
  package var recheck = 5
  /// The largest probability that the loop keeps anything that is not better.
  package var errorRate = AlphaBudget.standard

  /// What each try may spend of it.
  package var alphaBudget: AlphaBudget { AlphaBudget(total: errorRate, tries: stop.iterations) }

  /// The largest probability that a candidate which loses nothing is turned away by its guards.
  package static let guardsErrorRate = 0.05
}
