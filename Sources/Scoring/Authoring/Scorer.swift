/// A scorer written in Swift: the two steps of a `command` scorer that are ours, as one program.
///
///     @main struct PackedSize: Scorer {
///       static func prepare(_ input: ScorerFolder, seed: UInt64) throws {
///         try input.write(text(seed), to: "text")
///       }
///       static func score(_ run: ScoredRun) throws -> ScoreAnswer {
///         .score(Double(try run.output.bytes("packed").count))
///       }
///     }
///
/// In the harness, for a program `scoring/bin/score`: `prepare: scoring/bin/score prepare` and `score: scoring/bin/score score`.
public protocol Scorer {
  /// Writes what the candidate's run reads into `$BELLJAR_IN`. Nothing where it isn't given.
  ///
  /// - Parameters:
  ///   - input: The folder, empty.
  ///   - seed: `$BELLJAR_SEED`. The same seed must give the same files: champion and candidate are compared on them.
  static func prepare(_ input: ScorerFolder, seed: UInt64) throws

  /// Judges what a run wrote. Every process of the candidate is dead by now.
  ///
  /// - Throws: `Rejection` where the candidate is to blame, which becomes `{"reject": "..."}`. Every other error ends the program with 1:
  ///   the scorer is broken.
  static func score(_ run: ScoredRun) throws -> ScoreAnswer
}

extension Scorer {
  public static func prepare(_ input: ScorerFolder, seed: UInt64) throws {}

  /// Runs the step that the first argument names, `prepare` or `score`, and ends the process: 0 with an answer printed, 1 where
  /// the scorer failed, 64 for wrong arguments.
  public static func main() {
    ScorerProgram.end(
      ScorerProgram.run(Self.self, arguments: CommandLine.arguments, environment: ScorerProgram.environment))
  }
}

/// What a candidate's run left, for `Scorer.score`. All of it is read-only here.
public struct ScoredRun: Sendable {
  /// `$BELLJAR_IN`, as `prepare` wrote it.
  public let input: ScorerFolder
  /// `$BELLJAR_OUT`, as the candidate wrote it: anything may lie there. What can't be read throws a `Rejection`.
  public let output: ScorerFolder
  /// `$BELLJAR_TREE`, the candidate's tree.
  public let tree: ScorerFolder

  public init(input: ScorerFolder, output: ScorerFolder, tree: ScorerFolder) {
    self.input = input
    self.output = output
    self.tree = tree
  }
}

/// The candidate broke a rule; thrown from `Scorer.score`.
public struct Rejection: Error, Sendable, Hashable, CustomStringConvertible {
  /// Which rule, and where, in a sentence for the record.
  public let why: String

  public init(_ why: String) { self.why = why }

  public var description: String { why }
}

/// The scorer can't do its work: the harness's fault, not the candidate's.
public struct ScorerError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
