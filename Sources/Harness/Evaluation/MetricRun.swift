internal import Scoring
internal import Workspace

extension Workbench {
  /// The number that a run printed or wrote of itself. Where there is none, the candidate has none: that is no fault of the harness.
  func metric(_ scorer: HarnessScorer, _ specimen: Specimen, _ left: RunRemains) throws -> ScorerOutcome {
    let reader = scorer.metric ?? .lastLine
    var outcome = ScorerOutcome(scorer: scorer, channel: .inside, unit: scorer.unit ?? "", passed: false)
    do {
      let (value, metrics) = try reader.read(try metricText(scorer, left), isFile: scorer.reportPlace != nil)
      outcome.value = value
      outcome.metrics = metrics
      outcome.passed = scorer.bounds?.contain(value)
      if let bounds = scorer.bounds, outcome.passed == false {
        outcome.explanation = "\(value) is not \(bounds.text)"
      }
    } catch let error as MetricError {
      outcome.explanation = "no number: \(error)" + left.says
    }
    outcome.decidedBy = decided(
      by: "\(scorer.name).run", words: outcome.value.map { "the run printed \($0)" } ?? outcome.explanation,
      texts: outcome.value == nil ? left.tails : [], specimen)
    return outcome
  }

  private func metricText(_ scorer: HarnessScorer, _ left: RunRemains) throws -> [UInt8] {
    guard let place = scorer.reportPlace else {
      guard left.outputCount <= left.output.count, left.outputCount <= MetricReader.sizeLimit else {
        throw MetricError(
          "stdout holds \(left.outputCount) bytes, more than \(MetricReader.sizeLimit); write the number into a file")
      }
      return left.output
    }
    let folder = place.folder == .tree ? left.written ?? left.out : left.out
    guard let path = TreePath(place.path),
      let bytes = try OutputFolder.read(folder, path, most: MetricReader.sizeLimit)
    else {
      let remark = place.folder == .tree ? ", was not written by this run" : ""
      throw MetricError(
        "\(place.text) is not there\(remark), is no regular file, or has more than \(MetricReader.sizeLimit) bytes")
    }
    return bytes
  }
}
