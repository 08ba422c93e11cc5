internal import Sandbox

extension HarnessExplanation {
  /// Whom a judge asks, and what it is shown.
  static func add(_ judge: HarnessJudge, of scorer: HarnessScorer, to table: inout ExplanationTable) {
    let agent = judge.agent
    table.add(
      "judged by",
      "\(agent.kind.rawValue), asked \(scorer.repeats) times; the median counts, from 0 to \(judge.scale)")
    if let step = agent.step { add(step, to: &table, indented: true) }
    addModel(of: agent, to: &table)
    var shown: [String] = []
    if !judge.files.isEmpty {
      shown.append("\(scorer.run == nil ? "of the build's outputs" : "of $BELLJAR_OUT") \(list(judge.files))")
    }
    if judge.showsOutput, scorer.run != nil { shown.append("what the run prints") }
    table.add("is shown", shown.joined(separator: ", and ") + "; no tree, no change, no other score")
    switch judge.rubric {
    case .text(let text): table.add("rubric", text)
    case .file(let path): table.add("rubric", "the file \(path)")
    }
    if let wall = agent.budget.wall { table.add("time", "at most \(Quantity.duration(wall)) for a judging") }
    if let cost = agent.cost { table.add("cost", "at most \(cost) USD for all judgings of a try") }
    table.add("mind", "what is judged may talk to its judge (inside)")
  }
}
