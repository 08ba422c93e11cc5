internal import Harness
internal import Scoring

/// Failures of a scorer, or of the sandbox that it should run in, of which somebody is the cause.
enum ScorerFault {
  /// Its words; nil where an error is another one.
  static func message(of error: any Error) -> String? {
    if let broken = error as? ScorerBroken { return broken.message }
    if case EvaluationFault.invalid(let why) = error { return why }
    return nil
  }
}

extension Workbench {
  /// How a scorer fails on a specimen; nil where it works, whatever its answer is.
  func fault(of scorer: HarnessScorer, on specimen: Specimen, seed: UInt64) throws -> String? {
    do { _ = try evaluate(scorer, specimen, seed: seed) } catch EvaluationFault.rejected { return nil } catch {
      guard let why = ScorerFault.message(of: error) else { throw error }
      return why
    }
    return nil
  }
}
