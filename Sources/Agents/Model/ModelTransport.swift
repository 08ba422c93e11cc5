/// Carries one request to a model's API and its answer back; who may be asked, with which key, is not this side's business.
package protocol ModelTransport: Sendable {
  /// Posts a JSON body. Blocks until the answer is whole.
  ///
  /// - Parameter path: As the API has it, such as `/v1/messages`.
  /// - Throws: Where there is no answer at all; an API's refusal is one.
  func send(path: String, headers: [ModelHeader], body: [UInt8]) throws -> ModelReply
}

package struct ModelHeader: Sendable, Hashable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// What an API answered.
package struct ModelReply: Sendable, Hashable {
  package var status: Int
  package var headers: [ModelHeader]
  package var body: [UInt8]

  package init(status: Int, headers: [ModelHeader] = [], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first header of a name.
  func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
}
