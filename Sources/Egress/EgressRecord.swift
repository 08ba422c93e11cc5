/// One request that came out of a sandbox, and what became of it. Never holds a key or a body.
package struct EgressRecord: Sendable, Hashable {
  package enum Door: String, Sendable, Hashable { case proxy, gateway }

  package enum Verdict: Sendable, Hashable, CustomStringConvertible {
    case allowed
    /// Against the rules; the text says which.
    case refused(String)
    /// Allowed, but it came to nothing or broke off.
    case failed(String)

    package var description: String {
      switch self {
      case .allowed: "allowed"
      case .refused(let why): "refused: \(why)"
      case .failed(let why): "failed: \(why)"
      }
    }
  }

  package var door: Door
  /// As it was asked for; shortened, and without control characters.
  package var host: String
  package var port: Int
  package var method: String
  /// Of a gateway's request only; without its query.
  package var path = ""
  package var verdict: Verdict
  /// Of the answer; 0 where there was none.
  package var status = 0
  /// Bytes from inside to outside, and back.
  package var sent = 0
  package var received = 0
  package var model: String?
  package var usage: TokenUsage?
  /// What was charged to the account.
  package var cost: USD?
  /// Whether it was refused because the cost budget is used up.
  package var isBudgetSpent = false
  /// When the API said that its limit ends, of an answer of 429: seconds since 1970.
  package var limitEnd: Double?

  package init(_ door: Door, host: String, port: Int, method: String, verdict: Verdict = .allowed) {
    self.door = door
    self.host = Self.shown(host)
    self.port = port
    self.method = Self.shown(method)
    self.verdict = verdict
  }

  /// A text from inside, fit for a log.
  package static func shown(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(256) {
      let isControl = scalar.value < 32 || (127..<160).contains(scalar.value)
      shown.unicodeScalars.append(isControl ? "?" : scalar)
    }
    return shown
  }
}
