extension ModelAgent {
  /// Asks one question that is answered in words. Blocks for as long as the model takes.
  ///
  /// - Parameter maximum: Tokens of the answer, its thinking included; a short one needs little set aside. Where the model comes to
  ///   no end within them, it is asked once more without; nil for what the API does by itself.
  /// - Returns: Work without files; where it finished, its words are the whole answer.
  package func answer(system: String, question: String, maximum: Int? = nil) -> ModelWork {
    var conversation = ModelConversation(
      model: model, system: system, turns: [.init(isModel: false, text: question)],
      maximumOutput: maximum ?? limits.output)
    var work = ModelWork(events: [TraceEvent(.session, seconds: clock(), name: model)])
    var isFirst = true
    while true {
      switch ask(conversation, &work) {
      case .failure(let failure): work.end = failure.end
      case .success(let answer):
        if answer.stop == .cut, let maximum, isFirst {
          let words = "the answer was cut off at \(maximum) tokens; it is asked for once more, without this limit"
          work.events.append(TraceEvent(.error, seconds: clock(), text: words))
          (isFirst, conversation.maximumOutput) = (false, limits.output)
          continue
        }
        work.end = .finished(answer.text)
      }
      return work
    }
  }
}
