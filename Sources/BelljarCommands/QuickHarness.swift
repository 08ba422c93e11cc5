internal import ArgumentParser
internal import Scoring

/// The harness file that `belljar loop PROMPT --until | --score` stands for, as text: checked like any other.
struct QuickHarness {
  /// What stands for the file's name: what a user typed is asked for by that.
  static let file = "(command line)"

  let goal: String
  let until: String?
  let score: String?
  let maximize: Bool
  let minimize: Bool
  let surface: [String]
  let agent: String
  let run: String?
  var model: String?
  /// US dollars of the whole loop, such as `5 USD`.
  var cost: String?

  func text() throws -> String {
    guard !surface.isEmpty else {
      throw ValidationError("--surface GLOB says which files may be changed; it is missing")
    }
    guard (until == nil) != (score == nil) else { throw ValidationError("give --until CMD or --score CMD, not both") }
    var text = "name: quick\ngoal: \(StrictJSON.quoted(goal))\nsurface:\n  editable: ["
    text += surface.map(StrictJSON.quoted).joined(separator: ", ") + "]\n  outside: drop\nscorers:\n"
    if let until {
      text += "  - {name: until, kind: exit-code, role: gate, run: \(shell(until))}\n"
    } else if let score {
      guard maximize != minimize else { throw ValidationError("--score needs --minimize or --maximize") }
      let command = "{ \(score) ; } > \"$BELLJAR_OUT/score\""
      text += "  - name: score\n    kind: command\n    role: objective\n    run: \(shell(command))\n"
      text += "    score: \(shell("cat \"$BELLJAR_OUT/score\""))\n"
      text += "    direction: \(maximize ? "maximize" : "minimize")\n"
    }
    text += "agent: {kind: \(agent)"
    if let run { text += ", run: \(shell(run))" }
    if let model { text += ", model: \(StrictJSON.quoted(model))" }
    text += "}\n"
    if let cost { text += "loop: {stop: {cost: \(StrictJSON.quoted(cost))}}\n" }
    return text
  }

  private func shell(_ command: String) -> String { "[/bin/sh, -c, \(StrictJSON.quoted(command))]" }
}
