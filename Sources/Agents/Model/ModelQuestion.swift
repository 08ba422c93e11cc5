extension ModelAgent {
  /// Asks one question that is answered in words. Blocks for as long as the model takes.
  ///
  /// - Returns: Work without files; where it finished, its words are the whole answer.
  package func answer(system: String, question: String) -> ModelWork {
    let conversation = ModelConversation(
      model: model, system: system, turns: [.init(isModel: false, text: question)], maximumOutput: limits.output)
    var work = ModelWork(events: [TraceEvent(.session, seconds: clock(), name: model)])
    switch ask(conversation, &work) {
    case .failure(let failure): work.end = failure.end
    case .success(let answer): work.end = .finished(answer.text)
    }
    return work
  }
}
