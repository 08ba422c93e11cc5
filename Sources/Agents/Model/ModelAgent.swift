package import Workspace

/// Asks a model for a change without any program around it: one call, and one more where its answer couldn't be used.
package struct ModelAgent: Sendable {
  package struct Limits: Sendable {
    /// Bytes of files that are shown.
    package var shown = 256 << 10
    /// Tokens of one answer; nil for what the API does by itself.
    package var output: Int?
    /// Bytes of an answer's text.
    package var answer = 4 << 20
    /// Seconds before a request that an overloaded API turned away is sent again.
    package var waits: [Double] = [2, 8]

    package init() {}
  }

  private let dialect: ModelDialect
  let model: String
  private let transport: any ModelTransport
  let limits: Limits
  let clock: @Sendable () -> Double
  private let wait: @Sendable (Double) -> Void

  /// - Parameters:
  ///   - clock: Seconds since the step began.
  ///   - wait: Sleeps for some seconds, or less where the loop is cancelled.
  package init(
    _ dialect: ModelDialect, model: String, transport: any ModelTransport, limits: Limits = Limits(),
    clock: @escaping @Sendable () -> Double, wait: @escaping @Sendable (Double) -> Void
  ) {
    self.dialect = dialect
    self.model = model
    self.transport = transport
    self.limits = limits
    self.clock = clock
    self.wait = wait
  }

  /// One proposal. Blocks for as long as the model takes. An error of the transport is told as one of the network.
  package func propose(_ task: ModelTask) -> ModelWork {
    let shown = ShownFiles(task, most: limits.shown)
    var conversation = ModelConversation(
      model: model, system: ModelInstructions.system,
      turns: [.init(isModel: false, text: task.prompt + "\nThe files that you may change:\n\n" + shown.text)],
      maximumOutput: limits.output)
    var edits = AnswerEdits(shown.task)
    var work = ModelWork(events: [TraceEvent(.session, seconds: clock(), name: model)])
    for call in 1...2 {
      let answer: ModelAnswer
      switch ask(conversation, &work) {
      case .failure(let failure):
        work.end = failure.end
        return work
      case .success(let given): answer = given
      }
      let read = AnswerText(answer.text)
      let faults = read.faults + edits.apply(read.blocks)
      let isCut = answer.stop == .cut
      let isSilent = read.blocks.isEmpty && !read.declines
      if faults.isEmpty, !isCut, !isSilent || call == 2 {
        work.files = edits.files
        work.end = .finished(Self.lastWords(read.prose))
        return work
      }
      let missing = isSilent && faults.isEmpty && !isCut ? ["there is no block in it, and no line NO CHANGE"] : faults
      if call == 2 {
        let reason = isCut ? "the answer was cut off at its most tokens" : missing.joined(separator: "; ")
        work.end = .crashed("the answer couldn't be applied, the second neither: \(reason.prefix(1000))")
        return work
      }
      let feedback = ModelInstructions.feedback(missing, applied: edits.applied, isCut: isCut)
      work.events.append(TraceEvent(.error, seconds: clock(), text: feedback))
      conversation.turns += [
        .init(isModel: true, text: answer.text.isEmpty ? "(nothing)" : answer.text),
        .init(isModel: false, text: feedback),
      ]
    }
    return work
  }

  struct Failure: Error {
    let end: AgentEnd
  }

  /// One call, sent again where an API was overloaded.
  func ask(_ conversation: ModelConversation, _ work: inout ModelWork) -> Result<ModelAnswer, Failure> {
    var waits = limits.waits[...]
    while true {
      let reply: ModelReply
      do {
        let (path, headers, body) = try dialect.request(conversation)
        reply = try transport.send(path: path, headers: headers, body: body)
      } catch let error as EditAgentError {
        return .failure(told(.crashed("\(error)"), &work))
      } catch {
        return .failure(told(.network("\(error)"), &work))
      }
      if reply.status == 200 { return read(reply, &work) }
      let failure = ReplyFailure(reply)
      guard failure.isPassing, let seconds = waits.popFirst() else { return .failure(told(failure.end, &work)) }
      _ = told(failure.end, &work)
      wait(seconds)
    }
  }

  private func read(_ reply: ModelReply, _ work: inout ModelWork) -> Result<ModelAnswer, Failure> {
    let answer: ModelAnswer
    do {
      answer = try dialect.answer(reply.body)
    } catch {
      return .failure(told(.crashed("the API's answer can't be read: \(error)"), &work))
    }
    let now = clock()
    if !answer.reasoning.isEmpty {
      work.events.append(TraceEvent(.reasoning, seconds: now, text: String(answer.reasoning.prefix(limits.answer))))
    }
    work.events.append(TraceEvent(.message, seconds: now, text: String(answer.text.prefix(limits.answer))))
    work.events.append(TraceEvent(.usage, seconds: now, tokens: answer.tokens))
    work.tokens = work.tokens + answer.tokens
    switch answer.stop {
    case .refused(let why): return .failure(told(.refused(String(why.prefix(1000))), &work))
    case .failed(let why): return .failure(told(.crashed("the API failed: \(why.prefix(1000))"), &work))
    case .finished, .cut: break
    }
    guard answer.text.utf8.count <= limits.answer else {
      return .failure(told(.crashed("the answer has more than \(limits.answer) bytes"), &work))
    }
    return .success(answer)
  }

  private func told(_ end: AgentEnd, _ work: inout ModelWork) -> Failure {
    work.events.append(TraceEvent(.error, seconds: clock(), text: end.words))
    return Failure(end: end)
  }

  /// The end of what stands around the blocks.
  private static func lastWords(_ prose: [Substring]) -> String {
    let words = prose.map { $0.filter { $0 != "\r" } }.filter { !$0.allSatisfy(\.isWhitespace) }
    return String(words.joined(separator: " ").suffix(300))
  }
}

/// What a model's proposal came to.
package struct ModelWork: Sendable {
  /// The new contents of the files that change, and of no others; none where it failed.
  package var files: [TreePath: [UInt8]] = [:]
  package var events: [TraceEvent]
  /// Of all calls.
  package var tokens = TokenCount()
  package var end = AgentEnd.crashed("it was never asked")

  /// The files as changes of a tree, their contents kept in a store. What was executable stays so, and so is a new script.
  ///
  /// - Parameter now: Nanoseconds since 1970.
  package func changes(to tree: Tree, store: ObjectStore, now: Int64) throws(WorkspaceError) -> Changes {
    var changes = Changes()
    for (path, bytes) in files {
      var executable = bytes.starts(with: "#!".utf8)
      if case .file(_, let was, _)? = tree[path]?.kind { executable = was }
      changes[path] = .write(
        Entry(
          .file(try store.put(bytes), executable: executable, size: bytes.count),
          modified: Entry.newer(than: tree[path]?.modified, now: now)))
    }
    return changes
  }
}

extension AgentEnd {
  /// Its words, whatever it is.
  fileprivate var words: String {
    switch self {
    case .finished(let words), .refused(let words), .crashed(let words), .budget(let words),
      .usageLimit(let words, _), .authentication(let words), .network(let words):
      words
    }
  }
}
