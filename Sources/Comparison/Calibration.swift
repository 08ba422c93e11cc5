internal import Digests
internal import FoundationEssentials
internal import Glibc
package import Harness
internal import Sandbox
package import Scoring
package import Workspace

/// What a program measured against itself says of a harness on this machine.
package struct Calibration: Codable, Sendable {
  package var cases: [CaseCalibration]

  package init(cases: [CaseCalibration]) { self.cases = cases }

  /// Where it is kept for a harness.
  package static func path(_ stateFolder: String) -> String { "\(stateFolder)/calibration.json" }

  /// Keeps it in place of an earlier one.
  package func save(stateFolder: String) throws {
    try FileText.replace(Self.path(stateFolder), with: Array(try JSONEncoder().encode(self)))
  }

  /// What was kept; nil where nothing was. Cases whose programs were changed since in the checkout at `root` fit no scorer any more.
  ///
  /// - Throws: where the file can't be read as a calibration.
  package static func load(stateFolder: String, root: String) throws -> Calibration? {
    try load(stateFolder: stateFolder) { NamedContent.text(ofFile: "\(root)/\($0)") }
  }

  /// The same for a tree: that of a resumed loop is another than today's checkout.
  package static func load(stateFolder: String, tree: Tree) throws -> Calibration? {
    try load(stateFolder: stateFolder) { TreePath($0).flatMap { tree[$0] }.flatMap(NamedContent.text) }
  }

  private static func load(stateFolder: String, content: (String) -> String?) throws -> Calibration? {
    guard let text = FileText.read(path(stateFolder)) else { return nil }
    var calibration = try JSONDecoder().decode(Calibration.self, from: Data(text.utf8))
    for (index, each) in calibration.cases.enumerated() {
      let isAsItWas = (each.files ?? [:]).allSatisfy { content($0) == $1 }
      if !isAsItWas { calibration.cases[index].key = "" }
    }
    return calibration
  }

  /// What was recorded for a scorer, where that is still what it was.
  package func current(for scorer: HarnessScorer) -> CaseCalibration? {
    cases.first { $0.name == scorer.name && $0.key == CaseCalibration.key(of: scorer) }
  }

  /// Where a harness asks for less than its noise lets it see.
  package func warnings(for harness: HarnessFile) -> [String] {
    var found: [String] = []
    for scorer in harness.scorers where scorer.isNoisy {
      guard let each = cases.first(where: { $0.name == scorer.name }) else { continue }
      guard each.key == CaseCalibration.key(of: scorer) else {
        found.append("\(scorer.name) has changed since it was calibrated: run `belljar calibrate` again")
        continue
      }
      let pairs = scorer.pairs.upperBound
      // Where there are too few of them for any answer, `pairWarnings` says so.
      guard let seen = each.smallest(margin: 0, pairs: pairs, alpha: harness.errorRate(of: scorer)) else { continue }
      guard scorer.margin < seen else { continue }
      found.append(
        "\(scorer.name) asks for a margin of \(Self.percent(scorer.margin)), but \(pairs) pairs see no less than "
          + "\(Self.percent(seen)) here (noise of a pair \(Self.percent(each.noise))): raise margin, pairs.max or repeat"
          + (Self.mayUseAnyProcessor(scorer)
            ? "; one thread is quieter on one processor (run: budget: {cores: 1})" : "")
      )
    }
    return found
  }

  /// Whether a scorer times runs that are kept on no processor.
  private static func mayUseAnyProcessor(_ scorer: HarnessScorer) -> Bool {
    scorer.kind == .benchmark && [.wall, .cpu, .reported].contains(scorer.measure) && scorer.run?.budget.cores == nil
  }

  static func percent(_ fraction: Double) -> String { "\((fraction * 1000).rounded() / 10) %" }
}

/// One case against itself.
package struct CaseCalibration: Codable, Sendable {
  package var name: String
  /// Whose case it is; nil in files of earlier versions.
  package var scorer: String?
  /// What was run: another command or measure makes the figures void.
  package var key: String
  /// The files of the tree that its commands name, with what they held: another program makes them void too.
  package var files: [String: String]?
  package var unit: String
  /// As a fraction, when it was calibrated.
  package var margin: Double
  /// Of both sides' values, in `unit`.
  package var median: Double
  /// ln(second / first) of each pair, in the order measured.
  package var logRatios: [Double]
  /// What one pair of this session took, in seconds.
  package var secondsPerPair: Double
  /// The session's pairs cut into comparisons as they come, each at an error rate of 5 %: how often each answer came out.
  package var seen: [String: Int]
  /// The share of comparisons resampled from the pairs, at the harness's number of pairs, that say better or worse.
  package var falseAlarms: Double

  package init(
    name: String, scorer: String? = nil, key: String, files: [String: String]? = nil, unit: String, margin: Double,
    median: Double,
    logRatios: [Double], secondsPerPair: Double, seen: [String: Int], falseAlarms: Double
  ) {
    self.name = name
    self.scorer = scorer
    self.key = key
    self.files = files
    self.unit = unit
    self.margin = margin
    self.median = median
    self.logRatios = logRatios
    self.secondsPerPair = secondsPerPair
    self.seen = seen
    self.falseAlarms = falseAlarms
  }

  /// One sigma of the log ratios.
  package var noise: Double { RobustStatistics.sigma(logRatios) ?? 0 }

  /// The smallest slowdown that is answered in 80 of 100 comparisons, as a fraction; nil where so few pairs answer nothing.
  package func smallest(margin: Double, pairs: Int, alpha: Double = 0.05) -> Double? {
    DetectableEffect(alpha: alpha, margin: margin, pairs: pairs).smallest(logRatios: logRatios)
  }

  /// How many pairs `belljar compare --time` measures in so many seconds.
  package func pairs(in seconds: Double) -> Int { min(10_000, max(1, Int(seconds / max(secondsPerPair, 1e-6)))) }

  /// How a loop treats a scorer's runs: those of a minute and more are screened with one pair, unless the harness says otherwise.
  ///
  /// - Parameter known: what was recorded for the scorer as it is now; nil where nothing was.
  package static func screening(of scorer: HarnessScorer, known: CaseCalibration?) -> AcceptRule.Screening {
    guard scorer.kind != .benchmark, !scorer.deterministic else { return .none }
    guard scorer.screens ?? ((known?.secondsPerPair ?? 0) >= longPair) else { return .none }
    guard let known, known.logRatios.count >= RecordedNoiseTest.fewestRecorded else { return .whileBetter }
    return .against(recorded: known.logRatios)
  }

  /// Seconds that a pair takes from which on each is worth a decision.
  private static let longPair = 60.0

  package static func key(of scorer: HarnessScorer) -> String {
    let matrix = scorer.matrix.map { "\($0.variable)=\($0.values)" }.joined(separator: " ")
    let judge = scorer.judge.map { " \($0.agent.kind.rawValue) \($0.agent.model ?? "") \($0.scale) \($0.rubric)" } ?? ""
    let ours = [scorer.prepare, scorer.score].compactMap { $0.map { " \($0.command.arguments)" } }.joined()
    return "\(scorer.kind.rawValue) \(scorer.run?.command.arguments ?? []) \(scorer.measure.rawValue) "
      + "\(scorer.repeats) \(matrix)\(judge)\(ours)"
  }
}

/// What a file holds, in a few characters.
enum NamedContent {
  /// Of larger ones, which are data rather than programs, only the size is looked at.
  private static let mostRead = 16 << 20

  /// Of the files that a scorer's commands name.
  static func of(_ scorer: HarnessScorer, _ harness: HarnessFile, in tree: Tree) throws -> [String: String] {
    var contents: [String: String] = [:]
    for path in try harness.namedFiles(of: scorer, in: tree) {
      // A name with other characters than plain ones can't be found again by its text.
      if TreePath(path.description) == path { contents[path.description] = tree[path].flatMap(text) }
    }
    return contents
  }

  /// Of a file of a tree; nil for a link.
  static func text(of entry: Entry) -> String? {
    guard case .file(let digest, _, let size) = entry.kind else { return nil }
    return text(size, digest)
  }

  /// Of a file on the host; nil where none can be read.
  static func text(ofFile path: String) -> String? {
    var about = stat()
    guard lstat(path, &about) == 0, about.st_mode & S_IFMT == S_IFREG else { return nil }
    let size = Int(about.st_size)
    guard size <= mostRead else { return text(size, nil) }
    return readFile(path, most: mostRead).map { text(size, Digest(of: $0)) }
  }

  private static func text(_ size: Int, _ digest: Digest?) -> String {
    guard size <= mostRead, let digest else { return "\(size)" }
    return "\(size) \(digest)"
  }
}

extension HarnessFile {
  /// Scorers whose comparisons can't come to an answer, whatever is measured.
  package var pairWarnings: [String] {
    scorers.filter(\.isNoisy).compactMap { scorer in
      let (most, alpha) = (scorer.pairs.upperBound, errorRate(of: scorer) / 2)
      guard SignEProcess.headsNeeded(count: most, alpha: alpha) == nil else { return nil }
      let enough = (most...10_000).first { SignEProcess.headsNeeded(count: $0, alpha: alpha) != nil }
      return "\(scorer.name): \(most) pairs can't answer anything at the error rate of one try"
        + (enough.map { "; set pairs.max to \($0) or more" } ?? "; raise loop.error_rate")
    }
  }

  /// What one guard's comparison with the baseline may spend.
  package var guardErrorRate: Double {
    HarnessLoop.guardsErrorRate / Double(max(1, scorers.count { $0.role == .guard }))
  }

  /// Of a try's comparison with the champion, or of a guard's with the baseline.
  package func errorRate(of scorer: HarnessScorer) -> Double {
    scorer.role == .objective ? loop.alphaBudget.comparisonAlpha(of: 1) : guardErrorRate
  }
}

extension HarnessScorer {
  /// Whether its numbers are compared and differ from run to run.
  package var isNoisy: Bool { isCompared && (kind == .benchmark || !deterministic) }
}
