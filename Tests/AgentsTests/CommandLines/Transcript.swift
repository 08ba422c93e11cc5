import Foundation
import Sandbox

@testable import Agents

/// What a real program printed, or what a test writes, read through a whole stream.
enum Transcript {
  /// The moment of all these tests: 2026-11-21 15:00 UTC.
  static let now = 1_795_273_200.0

  static func of(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return Array(try Data(contentsOf: folder.appending(path: "../../../fixtures/agents/transcripts/\(name).jsonl")))
  }

  static func reader(_ program: String) -> any AgentOutputReader {
    switch program {
    case "claude": ClaudeReader { now }
    case "codex": CodexReader { now }
    case "gemini": GeminiReader { now }
    default: ProtocolReader { now }
    }
  }

  /// Hands the bytes over in pieces.
  static func read(
    _ bytes: [UInt8], by program: String, exitCode: Int32? = 0, errors: String = "", piece: Int = 65536,
    limits: TraceLimits = TraceLimits(), handOn: (@Sendable (TraceEvent) -> Void)? = nil
  ) -> AgentTrace {
    let stream = AgentStream(reader: reader(program), limits: limits, clock: { 2 }, handOn: handOn)
    var start = 0
    while start < bytes.count {
      let end = min(start + piece, bytes.count)
      bytes[start..<end].withUnsafeBytes { stream.take(.output, $0) }
      start = end
    }
    Array(errors.utf8).withUnsafeBytes { stream.take(.error, $0) }
    return stream.finish(exitCode: exitCode)
  }
}
