internal import Egress
internal import Scoring

/// Bodies of OpenAI's Responses API.
struct ResponsesBody {
  let gate: FeatureGate

  private static let fields: Set<String> = [
    "model", "input", "instructions", "max_output_tokens", "tools", "tool_choice", "parallel_tool_calls", "reasoning",
    "text", "stream", "stream_options", "store", "include", "metadata", "client_metadata", "temperature", "top_p",
    "truncation", "user", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "service_tier",
    "top_logprobs", "background",
  ]
  private static let items: Set<String> = [
    "message", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output",
    "local_shell_call", "local_shell_call_output", "shell_call", "shell_call_output", "apply_patch_call",
    "apply_patch_call_output", "reasoning",
  ]

  func check(_ body: StrictJSON) throws(RequestRefusal) -> CheckedRequest {
    try gate.only(Self.fields, body, of: "the request")
    try gate.serviceTier(body)
    try gate.cacheRetention(body)
    if let background = body["background"], background.value != .bool(false) {
      throw RequestRefusal(.invalid, "background answers aren't passed: what they cost is never heard of")
    }
    var checked = CheckedRequest(
      model: try body.requiredText("model"), maximum: try body.maximum(["max_output_tokens"]))
    try check(toolsOf: body, &checked)
    guard let input = body["input"] else { throw RequestRefusal(.invalid, "'input' must be given") }
    if input.text == nil {
      guard let items = input.items else { throw RequestRefusal(.invalid, "'input' must be a text or a list") }
      for item in items { try check(item: item, &checked) }
    }
    return checked
  }

  private func check(toolsOf value: StrictJSON, _ checked: inout CheckedRequest) throws(RequestRefusal) {
    guard let tools = value["tools"] else { return }
    guard let items = tools.items else { throw RequestRefusal(.invalid, "'tools' must be a list") }
    for tool in items { try check(tool: tool, &checked) }
  }

  private func check(tool: StrictJSON, _ checked: inout CheckedRequest) throws(RequestRefusal) {
    let type = try tool.requiredText("type")
    let feature: APIFeature
    switch type {
    case "function", "custom", "local_shell", "apply_patch": return
    case "shell" where tool["environment"] == nil || tool["environment"]?["type"]?.text == "local": return
    case "namespace":
      return try check(toolsOf: tool, &checked)
    case "tool_search" where tool["execution"]?.text == "client": return
    case _ where type.hasPrefix("web_search"): feature = .webSearch
    case "mcp": feature = .remoteTools
    case "code_interpreter", "shell": feature = .codeExecution
    case "file_search": feature = .files
    default: throw gate.unknown("the tool type '\(type.prefix(60))'")
    }
    try gate.need(feature, for: "the server's tool '\(type.prefix(60))'")
    checked.unbounded = "the tool '\(type.prefix(60))'"
  }

  private func check(item: StrictJSON, _ checked: inout CheckedRequest) throws(RequestRefusal) {
    let type = item["type"] == nil ? "message" : try item.requiredText("type")
    switch type {
    case _ where Self.items.contains(type): break
    // The newest models are given their tools here instead of in the request.
    case "additional_tools": try check(toolsOf: item, &checked)
    case "web_search_call": try gate.need(.webSearch, for: "'\(type)'")
    case "code_interpreter_call": try gate.need(.codeExecution, for: "'\(type)'")
    case _ where type.hasPrefix("mcp_"): try gate.need(.remoteTools, for: "'\(type)'")
    case "file_search_call": try gate.need(.files, for: "'\(type)'")
    // What it refers to is stored with the provider, and counts as input that isn't seen here.
    default: throw gate.unknown("input of the type '\(type.prefix(60))'")
    }
    for parts in [item["content"], item["output"], item["summary"]] {
      for part in parts?.items ?? [] { try OpenAIParts.check(part, gate, &checked) }
    }
  }
}

/// Bodies of OpenAI's Chat Completions API, which many servers speak.
struct ChatBody {
  let gate: FeatureGate

  private static let fields: Set<String> = [
    "model", "messages", "max_tokens", "max_completion_tokens", "tools", "tool_choice", "functions", "function_call",
    "parallel_tool_calls", "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "n", "stream",
    "stream_options", "stop", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs",
    "response_format", "seed", "user", "metadata", "store", "reasoning_effort", "verbosity", "service_tier",
    "prompt_cache_key", "safety_identifier", "chat_template_kwargs", "web_search_options",
  ]

  func check(_ body: StrictJSON) throws(RequestRefusal) -> CheckedRequest {
    try gate.only(Self.fields, body, of: "the request")
    try gate.serviceTier(body)
    try gate.cacheRetention(body)
    var checked = CheckedRequest(
      model: try body.requiredText("model"), maximum: try body.maximum(["max_completion_tokens", "max_tokens"]))
    if body["web_search_options"] != nil {
      try gate.need(.webSearch, for: "'web_search_options'")
      checked.unbounded = "'web_search_options'"
    }
    if let count = body["n"] {
      guard let answers = count.count, (1...128).contains(answers) else {
        throw RequestRefusal(.invalid, "'n' must be a whole number from 1 to 128")
      }
      checked.answers = answers
    }
    for tool in body["tools"]?.items ?? [] {
      let type = try tool.requiredText("type")
      guard type == "function" || type == "custom" else { throw gate.unknown("the tool type '\(type.prefix(60))'") }
    }
    guard let messages = body["messages"]?.items else { throw RequestRefusal(.invalid, "'messages' must be a list") }
    for message in messages {
      guard message["audio"] == nil else { throw gate.unknown("'audio' of a message") }
      for part in message["content"]?.items ?? [] { try OpenAIParts.check(part, gate, &checked) }
    }
    // A stream doesn't say what it cost unless it is asked to.
    if body["stream"]?.value == .bool(true), body.members?.contains(where: { $0.name == "stream_options" }) == false {
      checked.insertions.append((body.offset + 1, "\"stream_options\":{\"include_usage\":true},"))
    }
    return checked
  }
}

/// Parts of content that both APIs have.
private enum OpenAIParts {
  /// What one image comes to at most, with the model that counts them dearest.
  private static let imageTokens = 50_000

  static func check(
    _ part: StrictJSON, _ gate: FeatureGate, _ checked: inout CheckedRequest
  ) throws(RequestRefusal) {
    let type = try part.requiredText("type")
    switch type {
    case "text", "input_text", "output_text", "summary_text", "reasoning_text", "refusal": break
    case "image_url", "input_image":
      if part["file_id"] != nil { try gate.need(.files, for: "a stored file as image") }
      let url = part["image_url"]?.text ?? part["image_url"]?["url"]?.text
      if let url, !url.hasPrefix("data:") { try gate.need(.webFetch, for: "a URL as source") }
      guard url != nil || part["file_id"] != nil else { throw gate.unknown("this image") }
      checked.imageTokens += imageTokens
    case "file", "input_file":
      try gate.need(.files, for: "'\(type)'")
      checked.unbounded = "'\(type)'"
    default: throw gate.unknown("content of the type '\(type.prefix(60))'")
    }
  }
}
