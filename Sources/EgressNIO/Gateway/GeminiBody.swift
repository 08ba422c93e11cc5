internal import Egress
internal import Scoring

/// Bodies of Gemini's generateContent. Its reader takes `systemInstruction` and `system_instruction` for the same, so names are
/// compared without their underscores, and none may stand twice.
struct GeminiBody {
  let gate: FeatureGate

  private static let fields: Set<String> = [
    "contents", "tools", "toolconfig", "systeminstruction", "generationconfig", "safetysettings", "labels",
    "generatecontentrequest", "model",
  ]
  private static let serverTools: [String: APIFeature] = [
    "googlesearch": .webSearch, "googlesearchretrieval": .webSearch, "urlcontext": .webFetch,
    "codeexecution": .codeExecution, "mcpservers": .remoteTools, "filesearch": .files,
  ]
  /// What one image comes to at most.
  private static let imageTokens = 20_000

  func check(_ body: StrictJSON, model: String) throws(RequestRefusal) -> CheckedRequest {
    let request = try members(body, "the request")
    for name in request.keys where !Self.fields.contains(name) {
      throw gate.unknown("'\(name.prefix(60))' of the request")
    }
    // Of a request to count tokens, which has nothing else. Elsewhere a server might read what stands beside it.
    if let inner = request["generatecontentrequest"] {
      guard request.count == 1 else { throw gate.unknown("another field beside 'generateContentRequest'") }
      return try check(inner, model: model)
    }
    var checked = CheckedRequest(model: model, maximum: try maximum(body, request["generationconfig"]))
    if let configuration = request["generationconfig"] {
      let fields = try members(configuration, "'generationConfig'")
      if let count = fields["candidatecount"] {
        guard let answers = count.count, (1...128).contains(answers) else {
          throw RequestRefusal(.invalid, "'candidateCount' must be a whole number from 1 to 128")
        }
        checked.answers = answers
      }
      for kind in fields["responsemodalities"]?.items ?? [] where kind.text?.lowercased() != "text" {
        throw gate.unknown("another modality than text")
      }
    }
    for tool in request["tools"]?.items ?? [] {
      for (name, _) in try members(tool, "a tool") where name != "functiondeclarations" {
        guard let feature = Self.serverTools[name] else { throw gate.unknown("the tool '\(name.prefix(60))'") }
        try gate.need(feature, for: "the server's tool '\(name)'")
        checked.unbounded = "the tool '\(name)'"
      }
    }
    if let system = request["systeminstruction"] { try check(content: system, &checked) }
    guard let contents = request["contents"] else { throw RequestRefusal(.invalid, "'contents' must be given") }
    for content in contents.items ?? [contents] { try check(content: content, &checked) }
    return checked
  }

  private func check(content: StrictJSON, _ checked: inout CheckedRequest) throws(RequestRefusal) {
    guard content.text == nil else { return }
    guard let parts = try members(content, "content")["parts"] else { return }
    for part in parts.items ?? [parts] where part.text == nil { try check(part: part, &checked) }
  }

  private func check(part: StrictJSON, _ checked: inout CheckedRequest) throws(RequestRefusal) {
    for (name, value) in try members(part, "a part") {
      switch name {
      case "text", "thought", "thoughtsignature", "functioncall", "partmetadata": break
      case "functionresponse":
        let inner = try members(value, "'functionResponse'")["parts"]
        for part in inner?.items ?? [] { try check(part: part, &checked) }
      case "inlinedata":
        guard try members(value, "'inlineData'")["mimetype"]?.text?.lowercased().hasPrefix("image/") == true else {
          try gate.need(.files, for: "a whole file")
          checked.unbounded = "a whole file"
          continue
        }
        checked.imageTokens += Self.imageTokens
      case "filedata":
        try gate.need(.files, for: "a stored file or a URL as source")
        checked.unbounded = "a stored file"
      case "executablecode", "codeexecutionresult": try gate.need(.codeExecution, for: "'\(name)'")
      default: throw gate.unknown("a part with '\(name.prefix(60))'")
      }
    }
  }

  private func maximum(_ body: StrictJSON, _ configuration: StrictJSON?) throws(RequestRefusal)
    -> CheckedRequest.Maximum
  {
    guard let configuration else {
      if body.members?.contains(where: { Self.plain($0.name) == "generationconfig" }) == true {
        throw RequestRefusal(.invalid, "'generationConfig' must be an object or left out")
      }
      return .absent(at: body.offset + 1, before: "\"generationConfig\":{\"maxOutputTokens\":", after: "},")
    }
    let fields = try members(configuration, "'generationConfig'")
    if let written = fields["maxoutputtokens"] {
      guard let count = written.count, count > 0 else {
        throw RequestRefusal(.invalid, "'maxOutputTokens' must be a whole number")
      }
      return .written(count, at: written.offset)
    }
    guard configuration.members?.contains(where: { Self.plain($0.name) == "maxoutputtokens" }) == false else {
      throw RequestRefusal(.invalid, "'maxOutputTokens' must be a number or left out, not null")
    }
    return .absent(
      at: configuration.offset + 1, before: "\"maxOutputTokens\":",
      after: configuration.members?.isEmpty == true ? "" : ",")
  }

  /// Members by their names without underscores, in lower case.
  private func members(_ value: StrictJSON, _ what: String) throws(RequestRefusal) -> [String: StrictJSON] {
    guard let members = value.members else { throw RequestRefusal(.invalid, "\(what) must be an object") }
    var found: [String: StrictJSON] = [:]
    var seen: Set<String> = []
    for member in members {
      let name = Self.plain(member.name)
      guard seen.insert(name).inserted else {
        throw RequestRefusal(.invalid, "'\(member.name.prefix(60))' stands twice in \(what)")
      }
      if !member.value.isNull { found[name] = member.value }
    }
    return found
  }

  private static func plain(_ name: String) -> String { name.lowercased().filter { $0 != "_" } }
}
