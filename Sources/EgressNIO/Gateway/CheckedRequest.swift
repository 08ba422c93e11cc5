internal import Egress
internal import Scoring

/// What a request's body says about its cost, after it was found to ask for nothing but a model's answer.
struct CheckedRequest {
  /// Where the maximum of output stands in the body, or could be put.
  enum Maximum {
    /// A number at this offset.
    case written(Int, at: Int)
    /// None is written; it would go in at the offset, between the two texts.
    case absent(at: Int, before: String, after: String)
  }

  var model: String
  var maximum: Maximum
  /// Answers that are asked for at once.
  var answers = 1
  /// The least maximum that the API takes, because thinking has its share of it.
  var leastMaximum = 1
  /// Tokens that the body's bytes don't account for: those of images.
  var imageTokens = 0
  /// Whether it may write to a cache that costs more than reading.
  var caches = false
  /// A part whose cost has no bound; refused under a budget.
  var unbounded: String?
  /// Texts that are put into the body, so that the answer says what it cost.
  var insertions: [(at: Int, text: String)] = []

  init(model: String, maximum: Maximum) {
    self.model = model
    self.maximum = maximum
  }

  /// Checks a body.
  ///
  /// - Throws: `RequestRefusal` of what isn't JSON, has parts that aren't known, or reaches beyond the policy.
  static func check(_ bytes: [UInt8], _ route: Route, features: Set<APIFeature>) throws(RequestRefusal)
    -> CheckedRequest
  {
    let body: StrictJSON
    do {
      body = try StrictJSON.read(bytes, depth: 128)
    } catch {
      throw RequestRefusal(.invalid, "the body isn't strict JSON: \(error)")
    }
    let gate = FeatureGate(features: features)
    switch route.call {
    case .messages, .countTokens(.anthropic): return try AnthropicBody(gate: gate).check(body)
    case .responses: return try ResponsesBody(gate: gate).check(body)
    case .chatCompletions: return try ChatBody(gate: gate).check(body)
    case .generateContent, .countTokens: return try GeminiBody(gate: gate).check(body, model: route.model ?? "")
    }
  }

  /// The body with its insertions, and another maximum of output where one is given.
  func written(_ bytes: [UInt8], maximum granted: Int?) -> [UInt8] {
    var edits = insertions.map { (range: $0.at..<$0.at, text: $0.text) }
    if let granted {
      switch maximum {
      case .written(_, let at):
        let end = bytes[at...].firstIndex { !"0123456789.eE+-".utf8.contains($0) } ?? bytes.count
        edits.append((at..<end, "\(granted)"))
      case .absent(let at, let before, let after): edits.append((at..<at, before + "\(granted)" + after))
      }
    }
    var out = bytes
    for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      out.replaceSubrange(edit.range, with: edit.text.utf8)
    }
    return out
  }
}

/// Lets through what the policy names, and says what it would have to name.
struct FeatureGate {
  let features: Set<APIFeature>

  func need(_ feature: APIFeature, for what: String) throws(RequestRefusal) {
    guard features.contains(feature) else {
      throw RequestRefusal(.invalid, "\(what) isn't passed; the policy would have to name '\(feature.rawValue)'")
    }
  }

  func unknown(_ what: String) -> RequestRefusal {
    RequestRefusal(.invalid, "\(what) isn't known to this gateway, and so isn't passed")
  }

  /// Only these members, but for those that are null.
  func only(_ names: Set<String>, _ body: StrictJSON, of what: String) throws(RequestRefusal) {
    guard let members = body.members else { throw RequestRefusal(.invalid, "\(what) must be an object") }
    for member in members where !member.value.isNull && !names.contains(member.name) {
      throw unknown("'\(member.name.prefix(60))' of \(what)")
    }
  }

  func serviceTier(_ body: StrictJSON) throws(RequestRefusal) {
    guard let tier = body["service_tier"] else { return }
    guard let name = tier.text, ["auto", "default", "flex", "standard", "standard_only"].contains(name) else {
      throw RequestRefusal(
        .invalid, "'service_tier' must be auto, default, flex or standard_only: others cost more than the table says")
    }
  }

  /// OpenAI's caches that last cost twice as much to write.
  func cacheRetention(_ body: StrictJSON) throws(RequestRefusal) {
    guard let kept = body["prompt_cache_retention"] else { return }
    guard let name = kept.text, ["in_memory", "in-memory"].contains(name) else {
      throw RequestRefusal(
        .invalid, "'prompt_cache_retention' must be in_memory: longer ones cost more than the table says")
    }
  }
}

extension StrictJSON {
  func requiredText(_ name: String) throws(RequestRefusal) -> String {
    guard let text = self[name]?.text, !text.isEmpty else {
      throw RequestRefusal(.invalid, "'\(name)' must be a text")
    }
    return text
  }

  /// The maximum under one of the names, or a place right behind the body's brace for the first of them.
  func maximum(_ names: [String]) throws(RequestRefusal) -> CheckedRequest.Maximum {
    let given = names.compactMap { self[$0] }
    guard given.count < 2 else {
      throw RequestRefusal(.invalid, "only one of \(names.joined(separator: " and ")) can be given")
    }
    if let one = given.first {
      guard let count = one.count, count > 0 else {
        throw RequestRefusal(.invalid, "'\(names[0])' must be a whole number")
      }
      return .written(count, at: one.offset)
    }
    if names.contains(where: { name in members?.contains { $0.name == name } == true }) {
      throw RequestRefusal(.invalid, "'\(names[0])' must be a number or left out, not null")
    }
    return .absent(at: offset + 1, before: "\"\(names[0])\":", after: ",")
  }

  /// Whether a name stands anywhere in it.
  func mentions(_ name: String) -> Bool {
    switch value {
    case .object(let members): members.contains { $0.name == name || $0.value.mentions(name) }
    case .array(let items): items.contains { $0.mentions(name) }
    default: false
    }
  }
}
