internal import FoundationEssentials
internal import Sandbox
internal import StrictYAML

extension HarnessFile {
  static let keys = [
    "name", "goal", "tree", "surface", "setup", "build", "scorers", "env", "inputs", "network", "budget", "agent",
    "loop",
  ]

  /// Reads and checks a harness file.
  ///
  /// - Throws: `YAMLError` with the place of the first thing that is wrong, also where the file can't be read.
  package static func load(path: String) throws -> HarnessFile {
    func unreadable(_ why: String) -> YAMLError {
      YAMLError(file: path, line: 1, column: 1, message: "the harness file can't be read: \(why)")
    }
    let files = FileManager.default
    guard files.fileExists(atPath: path) else {
      throw unreadable("there is no such file; README.md shows how one looks")
    }
    guard let data = files.contents(atPath: path) else { throw unreadable("is it a file that you may read?") }
    guard let text = String(validating: data, as: UTF8.self) else { throw unreadable("it is not UTF-8") }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    return try parse(text: text, file: path) { relative in
      var isFolder = false
      return files.fileExists(atPath: folder + relative, isDirectory: &isFolder) && !isFolder
    }
  }

  /// Reads and checks a harness file's text.
  ///
  /// - Parameter fileExists: whether a path, relative to the harness file's folder, is a file. With it a holdout whose own
  ///   files stand open in the tree is found.
  package static func parse(
    text: String, file: String, fileExists: (String) -> Bool = { _ in false }
  ) throws -> HarnessFile {
    let top = try YAMLValue(parsing: text, file: file).mapping()
    try top.only(keys)
    let defaults = try StepDefaults(reading: top)
    let surface = try HarnessSurface(reading: top.require("surface"))
    let scorers = try readScorers(top, defaults)
    let hasObjective = scorers.contains { $0.scorer.role == .objective }
    let harness = HarnessFile(
      file: file, text: text, name: try top.require("name").label(), goal: try top["goal"].read(YAMLValue.string),
      tree: try top["tree"].map { value throws(YAMLError) in try HarnessTree(reading: value) } ?? HarnessTree(),
      surface: surface,
      setup: try top["setup"].map { value throws(YAMLError) in try HarnessSetup(reading: value, defaults) },
      build: try top["build"].map { value throws(YAMLError) in try HarnessBuild(reading: value, defaults) },
      scorers: scorers.map(\.scorer),
      agents: try top["agent"].map { value throws(YAMLError) in try HarnessAgent.read(value, defaults) } ?? [],
      loop: try HarnessLoop(reading: top["loop"], strategy: hasObjective ? .optimize : .retry))
    try harness.checkStrategy(at: top["loop"] ?? top["agent"])
    try harness.checkJudges(scorers)
    try harness.checkParallel(at: top["loop"])
    if let fault = harness.shareFault() { throw harness.error(of: fault) }
    try harness.checkHoldouts(scorers, fileExists)
    return harness
  }

  private static func readScorers(
    _ top: YAMLMapping, _ defaults: StepDefaults
  ) throws(YAMLError) -> [(scorer: HarnessScorer, value: YAMLValue)] {
    let list = try top.require("scorers")
    var scorers: [(scorer: HarnessScorer, value: YAMLValue)] = []
    for value in try list.list() {
      let scorer = try HarnessScorer(reading: value, defaults)
      let mapping = try value.mapping()
      if scorers.contains(where: { $0.scorer.name == scorer.name }) {
        throw try mapping.require("name").error("another scorer is already called '\(scorer.name)'")
      }
      if scorer.role == .objective, let other = scorers.first(where: { $0.scorer.role == .objective }) {
        throw try mapping.require("role").error(
          "'\(other.scorer.name)' is the objective already; there can be only one")
      }
      scorers.append((scorer, value))
    }
    guard !scorers.isEmpty else { throw list.expected("a list of at least one scorer") }
    try checkChannels(scorers)
    return scorers
  }

  private func checkStrategy(at place: YAMLValue?) throws(YAMLError) {
    guard let place else { return }
    if loop.stop.cost != nil, !askers.contains(where: { $0.api != nil }) {
      throw place.error(
        "a cost budget needs an agent or a judge with a model: only what goes through the gateway can be priced")
    }
    switch loop.strategy {
    case .optimize where objective == nil:
      throw place.error("the strategy 'optimize' needs a scorer with the role objective")
    case .retry where !scorers.contains { $0.role == .gate }:
      throw place.error("the strategy 'retry' needs a scorer with the role gate")
    default: break
    }
  }

  /// Tries side by side know nothing of one another.
  private func checkParallel(at place: YAMLValue?) throws(YAMLError) {
    guard loop.parallel > 1, let place = try place?.mapping()["parallel"] else { return }
    for agent in agents {
      if !agent.kind.readsPrompt {
        throw place.error(
          "an agent of kind \(agent.kind.rawValue) takes each step from the tries before it, so that they can't be made side "
            + "by side; leave 'parallel' out")
      }
      if agent.context == .continued {
        throw place.error(
          "'\(agent.name)' has 'context: continued': it goes on from try to try, so that they can't be made side by side; "
            + "leave one of the two out")
      }
    }
  }

  /// A holdout's own files must not stand in the tree that agents see.
  private func checkHoldouts(
    _ scorers: [(scorer: HarnessScorer, value: YAMLValue)], _ fileExists: (String) -> Bool
  ) throws(YAMLError) {
    for (scorer, value) in scorers where scorer.role == .holdout {
      for (part, step) in [("prepare", scorer.prepare), ("score", scorer.score)] {
        for word in step?.command.words ?? [] {
          let path = PathText.join(step?.folder, word.trimmingTreeVariable)
          guard !word.hasPrefix("/"), !PathText.climbs(path) else { continue }
          guard fileExists(PathText.join(tree.root, path)), !PathText.covers(surface.hidden, path) else { continue }
          throw try value.mapping().require(part).error(
            "the holdout uses '\(path)', which the agent would see; add it to surface.hidden")
        }
      }
    }
  }
}

extension String {
  fileprivate var trimmingTreeVariable: String {
    for prefix in ["$BELLJAR_TREE/", "${BELLJAR_TREE}/"] where hasPrefix(prefix) {
      return String(dropFirst(prefix.count))
    }
    return self
  }
}

extension StepDefaults {
  fileprivate init(reading top: YAMLMapping) throws(YAMLError) {
    self.init()
    if let value = top["env"] { environment = try value.environment() }
    if let value = top["inputs"] { inputs = try value.inputs() }
    if let value = top["network"] { network = try value.network() }
    if let value = top["budget"] { budget = try Budget(reading: value) }
  }
}
