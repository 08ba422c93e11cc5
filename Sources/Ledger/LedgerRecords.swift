package import Digests

/// A moment: milliseconds since 1970 in UTC. The clock is the caller's.
package typealias Moment = Int64

/// What is fixed when a loop starts.
package struct LoopStart: Sendable, Hashable {
  package var name: String
  /// The absolute path of the checkout that the loop is about.
  package var checkout: String
  package var harnessPath: String
  package var harnessText: String
  package var harnessDigest: Digest
  package var strategy: String
  package var agent: String
  /// The loop's secret or seed, as text.
  package var seed: String
  package var baselineTree: Digest
  package var started: Moment
  /// The harness file's folder; nil in loops of an older Belljar, which can't be resumed.
  package var folder: String?
  /// The user's own text for the agent.
  package var prompt: String?
  /// The most tries, where the command line said so.
  package var iterationLimit: Int?

  package init(
    name: String, checkout: String, harnessPath: String, harnessText: String, harnessDigest: Digest, strategy: String,
    agent: String, seed: String, baselineTree: Digest, started: Moment, folder: String? = nil, prompt: String? = nil,
    iterationLimit: Int? = nil
  ) {
    self.folder = folder
    self.prompt = prompt
    self.iterationLimit = iterationLimit
    self.name = name
    self.checkout = checkout
    self.harnessPath = harnessPath
    self.harnessText = harnessText
    self.harnessDigest = harnessDigest
    self.strategy = strategy
    self.agent = agent
    self.seed = seed
    self.baselineTree = baselineTree
    self.started = started
  }
}

/// A loop as the ledger has it.
package struct LoopRecord: Sendable, Hashable {
  package let id: Int64
  package let start: LoopStart
  package let ended: Moment?
  /// Why it ended, in the loop's words.
  package let endReason: String?
  /// The number of the iteration whose candidate is the champion; nil before the baseline is finished.
  package let champion: Int?
}

/// How far an iteration is.
package enum IterationState: String, Sendable, CaseIterable {
  case proposing, evaluating, finished
}

/// What became of a candidate.
package enum Verdict: String, Sendable, CaseIterable {
  case kept, discarded, rejected, invalid
}

/// What an iteration ended with.
package struct IterationResult: Sendable, Hashable {
  package var verdict: Verdict
  /// Why, in one line.
  package var reason: String
  /// The digest of the candidate's changes; nil for the baseline and where there was none.
  package var candidate: Digest?
  /// The digest of the whole tree.
  package var tree: Digest?
  /// The name that a search gave to what it tried: a point or an edit; nil where the agent has no such notion.
  package var edit: String?
  /// What the agent said of it: its reasoning, or the tail of its trace.
  package var note: String?
  package var ended: Moment
  /// How long it took, by a clock that doesn't jump.
  package var seconds: Double
  /// The objective's value.
  package var objective: Double?
  /// The candidate against the champion, with the ends of its interval.
  package var ratio: Double?
  package var ratioLow: Double?
  package var ratioHigh: Double?
  /// What stands after it.
  package var standing: Standing

  package init(
    verdict: Verdict, reason: String, candidate: Digest? = nil, tree: Digest? = nil, edit: String? = nil,
    note: String? = nil, ended: Moment, seconds: Double, objective: Double? = nil, ratio: Double? = nil,
    ratioLow: Double? = nil, ratioHigh: Double? = nil, standing: Standing = Standing()
  ) {
    self.edit = edit
    self.standing = standing
    self.verdict = verdict
    self.reason = reason
    self.candidate = candidate
    self.tree = tree
    self.note = note
    self.ended = ended
    self.seconds = seconds
    self.objective = objective
    self.ratio = ratio
    self.ratioLow = ratioLow
    self.ratioHigh = ratioHigh
  }
}

/// Where a loop stands after an iteration: what its stop rules count. A resumed loop goes on from it.
package struct Standing: Sendable, Hashable {
  /// Tries that count; an invalid one does not.
  package var tries: Int
  package var kept: Int
  /// Invalid iterations in a row.
  package var failures: Int
  /// Iterations since the last one that was kept.
  package var stale: Int
  /// Seconds spent, pauses and suspended time left out.
  package var spent: Double
  /// How many times as good as the baseline the champion is.
  package var gain: Double

  package init(
    tries: Int = 0, kept: Int = 0, failures: Int = 0, stale: Int = 0, spent: Double = 0, gain: Double = 1
  ) {
    self.tries = tries
    self.kept = kept
    self.failures = failures
    self.stale = stale
    self.spent = spent
    self.gain = gain
  }
}

/// One iteration; number 0 is the baseline.
package struct IterationRecord: Sendable, Hashable {
  package let loop: Int64
  package let number: Int
  /// The iteration that it started from.
  package let parent: Int?
  package let state: IterationState
  /// Of an unfinished iteration, what is known so far.
  package let candidate: Digest?
  package let tree: Digest?
  package let prompt: String?
  package let started: Moment
  /// Nil until it is finished.
  package let result: IterationResult?
  /// What its agent's steps took; nil where there are none.
  package let spending: AgentSpending?
  /// Whether the champion moved to it.
  package let championMoved: Bool
  /// Its place in the chain; nil until it is finished.
  package let position: Int?
  /// Its link of the chain; nil until it is finished.
  package let hash: Digest?
}

/// One run of one step.
package struct RunRecord: Sendable, Hashable {
  /// Whose run it was.
  package enum Side: String, Sendable, CaseIterable { case champion, candidate, ours }

  /// The scorer's name, or `setup` or `build`.
  package var step: String
  package var side: Side
  /// Counts the runs of a step and side from 0.
  package var ordinal: Int
  /// Why it ended, in the sandbox's word.
  package var outcome: String
  package var exitCode: Int?
  package var wallMicroseconds: Int64
  package var userMicroseconds: Int64
  package var systemMicroseconds: Int64
  /// Bytes.
  package var peakMemory: Int64?
  /// Processes that were still alive at the end, and were killed.
  package var processesLeft: Int
  package var stdoutTail: String
  package var stderrTail: String
  package var stdoutDigest: Digest?

  package init(
    step: String, side: Side, ordinal: Int, outcome: String, exitCode: Int? = nil, wallMicroseconds: Int64,
    userMicroseconds: Int64 = 0, systemMicroseconds: Int64 = 0, peakMemory: Int64? = nil, processesLeft: Int = 0,
    stdoutTail: String = "", stderrTail: String = "", stdoutDigest: Digest? = nil
  ) {
    self.step = step
    self.side = side
    self.ordinal = ordinal
    self.outcome = outcome
    self.exitCode = exitCode
    self.wallMicroseconds = wallMicroseconds
    self.userMicroseconds = userMicroseconds
    self.systemMicroseconds = systemMicroseconds
    self.peakMemory = peakMemory
    self.processesLeft = processesLeft
    self.stdoutTail = stdoutTail
    self.stderrTail = stderrTail
    self.stdoutDigest = stdoutDigest
  }
}

/// One scorer's score.
package struct ScoreRecord: Sendable, Hashable {
  package var scorer: String
  package var role: String
  /// `outside` or `inside`.
  package var channel: String
  package var value: Double?
  package var unit: String?
  /// `better`, `worse`, `same` or `undecided`, where there was a comparison.
  package var answer: String?
  package var passed: Bool?
  package var explanation: String?
  /// Further named numbers, as a JSON object.
  package var metrics: String?
  /// The end of what a failing run printed, which agents are shown.
  package var output: String?

  package init(
    scorer: String, role: String, channel: String, value: Double? = nil, unit: String? = nil, answer: String? = nil,
    passed: Bool? = nil, explanation: String? = nil, metrics: String? = nil, output: String? = nil
  ) {
    self.output = output
    self.scorer = scorer
    self.role = role
    self.channel = channel
    self.value = value
    self.unit = unit
    self.answer = answer
    self.passed = passed
    self.explanation = explanation
    self.metrics = metrics
  }
}

/// An iteration with all that was recorded of it.
package struct IterationDetail: Sendable, Hashable {
  package let iteration: IterationRecord
  package let runs: [RunRecord]
  package let scores: [ScoreRecord]
  package let steps: [AgentStepRecord]
}

/// The newest link of a loop's chain. Kept elsewhere, it shows a tail that was cut and a chain that was computed anew.
package struct LedgerHead: Sendable, Hashable {
  /// Its place in the chain, counted from 0.
  package let position: Int
  package let hash: Digest

  package init(position: Int, hash: Digest) {
    self.position = position
    self.hash = hash
  }
}
