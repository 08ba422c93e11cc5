/// Asks the APIs that a gateway stands for from this process itself, so that the gateway's rules, prices, reservations and log
/// hold for these calls too.
package struct ModelClient: Sendable {
  package struct Answer: Sendable, Hashable {
    package let status: Int
    /// In the order they came; a name may come twice.
    package let headers: [Header]
    package let body: [UInt8]

    package init(status: Int, headers: [Header], body: [UInt8]) {
      self.status = status
      self.headers = headers
      self.body = body
    }
  }

  /// One request of this process to its own gateway.
  package struct Call: Sendable {
    package let path: String
    package let headers: [Header]
    package let body: [UInt8]
    /// The most bytes of the answer's body.
    package let most: Int
    package let limit: Duration
    package let isCancelled: @Sendable () -> Bool
  }

  package struct Header: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Why there is no answer. What an API refuses is one.
  package enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
    case cancelled
    /// None within the time.
    case late(Duration)
    /// More bytes than this.
    case tooLarge(Int)
    /// The connection to the gateway ended early: the gateway's own has, which says why in the log.
    case brokenOff(String)

    package var description: String {
      switch self {
      case .cancelled: "the call was cancelled"
      case .late(let limit): "no whole answer came within \(limit)"
      case .tooLarge(let most): "the answer has more than \(most) bytes"
      case .brokenOff(let why): "the answer broke off: \(why)"
      }
    }
  }

  private let server: any EgressServing
  /// The most bytes of one answer's body.
  package var most = 32 << 20
  /// How long one call may take.
  package var limit = Duration.seconds(600)

  /// - Parameter server: One that runs, and stands for the API that is to be asked.
  package init(_ server: any EgressServing) { self.server = server }

  /// Posts a JSON body. Blocks until the answer is whole.
  ///
  /// - Parameters:
  ///   - path: As the API has it, such as `/v1/messages`.
  ///   - isCancelled: Asked twenty times a second, on a thread of the server's.
  /// - Throws: `Failure`; `EgressError` where the server doesn't run.
  package func post(
    _ path: String, headers: [Header] = [], body: [UInt8], isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> Answer {
    try server.ask(
      Call(path: path, headers: headers, body: body, most: most, limit: limit, isCancelled: isCancelled))
  }
}
