internal import Sandbox
package import Scoring
internal import Workspace

/// What one timed run gave.
package struct TimedFigures: Sendable {
  /// One, of the whole run; with `measure: reported` one for each benchmark of the report, by its name.
  package var readings: [BenchmarkReading]
}

extension Workbench {
  /// One timed run per case, for a table of the tree as it stands; comparisons take pairs instead.
  func benchmarkOnce(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
    let input = try prepare(scorer, seed: seed)
    defer { release(input: input) }
    var total = 0.0
    var unit = scorer.comparedUnit
    for variables in scorer.cases {
      let run = try self.run(scorer, specimen, side: "candidate", input: input, variables: variables)
      defer { release(run) }
      try checkTimed(scorer, specimen, run)
      let readings = try figures(scorer, run).readings
      total += readings.reduce(0) { $0 + $1.value }
      unit = readings.first?.unit ?? unit
    }
    return ScorerOutcome(scorer: scorer, channel: scorer.measuredChannel, value: total, unit: unit, passed: true)
  }

  /// A timed run counts only if it ended as the harness expects, and our own `score` step, where there is one, passes it.
  ///
  /// - Throws: `.rejected` where it doesn't count; `ScorerBroken` where `score` failed.
  package func checkTimed(_ scorer: HarnessScorer, _ specimen: Specimen, _ run: ScorerRun) throws {
    guard run.result.outcome.reason == .exited(expectedCode(scorer)) else {
      throw EvaluationFault.rejected("\(scorer.name): the timed run \(run.result.outcome.reason)" + lines(run.result))
    }
    guard scorer.score != nil else { return }
    let judged = try score(scorer, specimen, out: run.out, input: run.input)
    switch try answer(scorer, judged, judged.output.head) {
    case .reject(let why): throw EvaluationFault.rejected("\(scorer.name): the timed run was refused: \(why)")
    case .score(let value, _, let explanation):
      guard value <= 0 else { return }
      let words = explanation.isEmpty ? "" : ": \(explanation)"
      throw EvaluationFault.rejected("\(scorer.name): the timed run scored \(value)\(words)")
    }
  }

  /// What the scorer measures of a run.
  ///
  /// - Throws: `.rejected` where the program's own report can't be read.
  package func figures(_ scorer: HarnessScorer, _ run: ScorerRun) throws -> TimedFigures {
    let outcome = run.result.outcome
    let value: Double
    switch scorer.measure {
    case .wall: value = outcome.wall.seconds
    case .cpu: value = (outcome.user + outcome.system).seconds
    case .memory: value = Double(outcome.peakMemory)
    case .instructions: value = try InstructionCount.read(run, scorer)
    case .reported: return TimedFigures(readings: try reported(scorer, run))
    }
    return TimedFigures(readings: [BenchmarkReading(name: "", value: value, unit: scorer.comparedUnit)])
  }

  private func reported(_ scorer: HarnessScorer, _ run: ScorerRun) throws -> [BenchmarkReading] {
    guard let format = scorer.benchmarkReport else { return [] }
    do {
      return try format.read(try reportFiles(scorer, run))
    } catch let error as BenchmarkReportError {
      throw EvaluationFault.rejected("\(scorer.name): \(error)" + (error.code == .missing ? lines(run.result) : ""))
    }
  }

  private func reportFiles(_ scorer: HarnessScorer, _ run: ScorerRun) throws -> [BenchmarkReportFile] {
    let limits = BenchmarkReportLimits()
    guard let place = scorer.reportPlace else {
      let output = run.result.output
      guard output.count <= output.head.count else {
        throw BenchmarkReportError(.size, "stdout holds \(output.count) bytes; write the report into a file")
      }
      return output.head.isEmpty ? [] : [BenchmarkReportFile(bytes: output.head)]
    }
    let folder = place.folder == .tree ? run.written ?? run.out : run.out
    var paths: [TreePath] = []
    if place.isPattern {
      let pattern = try Glob(place.path)
      paths = try files(in: folder, leftBy: "the timed run").filter { pattern.matches($0) }
    } else if let path = TreePath(place.path) {
      paths = [path]
    }
    guard paths.count <= limits.cases else {
      throw BenchmarkReportError(.size, "there are \(paths.count) files of it, more than \(limits.cases)")
    }
    var room = limits.bytes
    var found: [BenchmarkReportFile] = []
    for path in paths {
      guard let bytes = try OutputFolder.read(folder, path, most: room) else {
        guard OutputFolder.stream(folder, path, take: { _ in false }) else { continue }
        throw BenchmarkReportError(.size, "with \(path) it has more than \(limits.bytes) bytes")
      }
      room -= bytes.count
      found.append(BenchmarkReportFile(path: path.description, bytes: bytes))
    }
    guard !found.isEmpty else {
      let remark = place.folder == .tree ? ", or was not written by this run" : ""
      throw BenchmarkReportError(.missing, "\(place.text) is not there\(remark)")
    }
    return found
  }
}
