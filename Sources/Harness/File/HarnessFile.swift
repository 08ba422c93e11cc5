package import Digests

/// A `belljar.yaml` that was read and found right: the fixed side of an experiment.
package struct HarnessFile: Sendable {
  /// The file as the user named it.
  package var file: String
  /// The file's text, byte for byte: what `trust` and the ledger keep.
  package var text: String
  package var name: String
  /// What is to be reached, for people and agents.
  package var goal: String?
  package var tree: HarnessTree
  package var surface: HarnessSurface
  package var setup: HarnessSetup?
  package var build: HarnessBuild?
  /// In the order in which they are run; never empty.
  package var scorers: [HarnessScorer]
  /// What proposes candidates: one agent, or the steps of a pipeline in their order; empty where the file names none.
  package var agents: [HarnessAgent]
  package var loop: HarnessLoop

  /// The digest of the text.
  package var digest: Digest { Digest(of: text.utf8) }

  /// The scorer whose score the loop improves.
  package var objective: HarnessScorer? { scorers.first { $0.role == .objective } }

  /// The first agent, which is the only one where there is no pipeline.
  package var agent: HarnessAgent? { agents.first }

  /// The steps of the file with a name for each, in the order in which they run.
  package var steps: [(name: String, step: HarnessStep)] {
    var steps: [(name: String, step: HarnessStep)] = []
    if let setup { steps.append(("setup", setup.step)) }
    if let build { steps.append(("build", build.step)) }
    for scorer in scorers {
      for (part, step) in [("prepare", scorer.prepare), ("run", scorer.run), ("score", scorer.score)] {
        if let step { steps.append(("\(scorer.name).\(part)", step)) }
      }
      if let agent = scorer.judge?.agent, let step = agent.step { steps.append((agent.name, step)) }
    }
    for agent in agents {
      if let step = agent.step { steps.append((agent.name, step)) }
    }
    return steps
  }
}

/// Which files the experiment is about.
package struct HarnessTree: Sendable, Hashable {
  /// The tree's root, relative to the harness file's folder; may lie above it.
  package var root = "."
  /// Patterns of the files that belong to it.
  package var only = ["**"]
}

/// What a candidate may change, and what it may not see.
package struct HarnessSurface: Sendable, Hashable {
  /// What happens to new files outside the surface.
  package enum Outside: String, Sendable, CaseIterable { case reject, drop }

  /// Patterns of the files that may be changed; `!` takes out.
  package var editable: [String]
  /// Patterns of the files that neither agent nor candidate sees.
  package var hidden: [String] = []
  package var outside = Outside.reject
  /// The most files that one candidate may change.
  package var fileLimit: Int?
  /// The most bytes that one candidate's changed files may have together.
  package var byteLimit: Int?
}

/// What is done once, before the baseline.
package struct HarnessSetup: Sendable, Hashable {
  package var step: HarnessStep
  /// The files that decide whether an earlier result can be used again.
  package var files: [String]
}

/// What makes a candidate's tree ready to run.
package struct HarnessBuild: Sendable, Hashable {
  package var step: HarnessStep
  /// The only paths that survive the build.
  package var outputs: [String]
  /// Folders that a build finds as the champion's clean build left them.
  package var cache: [String]
}
