/// Any program that edits the tree it finds: the prompt on its standard input, each line that it prints a message.
package struct PlainCommandLine: AgentCommandLine {
  /// The whole command, as the harness has it.
  private let command: [String]

  package init(command: [String]) { self.command = command }

  package var program: String { command.first ?? "" }

  package func launch(_ request: AgentRequest) -> AgentLaunch {
    AgentLaunch(arguments: command + request.arguments, input: Array(request.prompt.utf8))
  }

  package func makeReader() -> any AgentOutputReader { PlainReader() }

  package func objection(toVersion text: String) -> String? { nil }
}

private struct PlainReader: AgentOutputReader {
  private var last = ""

  mutating func read(_ line: [UInt8], seconds: Double) -> [TraceEvent] {
    let text = String(decoding: line, as: UTF8.self)
    guard !text.allSatisfy(\.isWhitespace) else { return [] }
    last = text
    return [TraceEvent(.message, seconds: seconds, text: text)]
  }

  mutating func end(exitCode: Int32?, errorTail: String) -> AgentEnd {
    guard let exitCode else { return .crashed(errorTail) }
    return exitCode == 0
      ? .finished(last) : .crashed("exit code \(exitCode)" + (errorTail.isEmpty ? "" : ": \(errorTail)"))
  }
}
