internal import Scoring

/// The user's own texts for the steps of a pipeline, as one field of a loop's record: the text itself where there is one step,
/// else a JSON list.
enum RecordedPrompts {
  static func text(_ prompts: [String?]) -> String? {
    guard prompts.count > 1 else { return prompts.first ?? nil }
    return "[" + prompts.map { $0.map(StrictJSON.quoted) ?? "null" }.joined(separator: ", ") + "]"
  }

  static func read(_ text: String?, steps: Int) -> [String?] {
    guard let text, steps > 1 else { return [text] }
    guard case .array(let items)? = try? StrictJSON.read(Array(text.utf8)).value else { return [text] }
    return items.map { item in
      if case .string(let prompt) = item.value { prompt } else { nil }
    }
  }
}
