internal import Egress
internal import Scoring

/// Bodies of Anthropic's Messages API.
struct AnthropicBody {
  let gate: FeatureGate

  private static let fields: Set<String> = [
    "model", "messages", "system", "max_tokens", "tools", "tool_choice", "metadata", "stop_sequences", "stream",
    "temperature", "top_p", "top_k", "thinking", "context_management", "output_config", "output_format",
    "cache_control", "service_tier", "mcp_servers", "container",
  ]
  /// Run by whoever asks; their types end in a date.
  private static let clientTools = ["bash_20", "text_editor_20", "computer_20", "memory_20"]
  private static let serverTools: [(String, APIFeature)] = [
    ("web_search_20", .webSearch), ("web_fetch_20", .webFetch), ("code_execution_20", .codeExecution),
    ("mcp_toolset", .remoteTools),
  ]
  /// What one image comes to at most.
  private static let imageTokens = 5000

  func check(_ body: StrictJSON) throws(RequestRefusal) -> CheckedRequest {
    try gate.only(Self.fields, body, of: "the request")
    try gate.serviceTier(body)
    var checked = CheckedRequest(
      model: try body.requiredText("model"), maximum: try body.maximum(["max_tokens"]))
    checked.caches = body.mentions("cache_control")
    if body["mcp_servers"] != nil { try need(.remoteTools, "'mcp_servers'", &checked) }
    if body["container"] != nil { try need(.codeExecution, "'container'", &checked) }
    if let tools = body["tools"] {
      guard let items = tools.items else { throw RequestRefusal(.invalid, "'tools' must be a list") }
      for tool in items { try check(tool: tool, &checked) }
    }
    for edit in body["context_management"]?["edits"]?.items ?? [] {
      guard let type = edit["type"]?.text, type.hasPrefix("clear_") else {
        throw gate.unknown("this edit of 'context_management'")
      }
    }
    if let budget = body["thinking"]?["budget_tokens"]?.count { checked.leastMaximum = budget + 1 }
    try check(content: body["system"], &checked)
    guard let messages = body["messages"]?.items else { throw RequestRefusal(.invalid, "'messages' must be a list") }
    for message in messages { try check(content: message["content"], &checked) }
    return checked
  }

  private func need(_ feature: APIFeature, _ what: String, _ checked: inout CheckedRequest) throws(RequestRefusal) {
    try gate.need(feature, for: what)
    checked.unbounded = what
  }

  private func check(tool: StrictJSON, _ checked: inout CheckedRequest) throws(RequestRefusal) {
    guard tool.members != nil else { throw RequestRefusal(.invalid, "a tool must be an object") }
    guard let kind = tool["type"] else { return }
    guard let type = kind.text else { throw RequestRefusal(.invalid, "a tool's type must be a text") }
    if type == "custom" || Self.clientTools.contains(where: type.hasPrefix) { return }
    guard let feature = Self.serverTools.first(where: { type.hasPrefix($0.0) })?.1 else {
      throw gate.unknown("the tool type '\(type.prefix(60))'")
    }
    try need(feature, "the server's tool '\(type.prefix(60))'", &checked)
  }

  private func check(content: StrictJSON?, _ checked: inout CheckedRequest) throws(RequestRefusal) {
    guard let content, content.text == nil else { return }
    guard let blocks = content.items else { throw RequestRefusal(.invalid, "content must be a text or a list") }
    for block in blocks {
      let type = try block.requiredText("type")
      switch type {
      case "text", "thinking", "redacted_thinking", "tool_use": break
      case "tool_result", "search_result": try check(content: block["content"], &checked)
      case "image", "document": try check(source: block["source"], of: type, &checked)
      case "container_upload": try need(.files, "'container_upload'", &checked)
      case "mcp_tool_use", "mcp_tool_result": try need(.remoteTools, "'\(type)'", &checked)
      case "server_tool_use", "web_search_tool_result": try need(.webSearch, "'\(type)'", &checked)
      case "web_fetch_tool_result": try need(.webFetch, "'\(type)'", &checked)
      case "code_execution_tool_result", "bash_code_execution_tool_result", "text_editor_code_execution_tool_result":
        try need(.codeExecution, "'\(type)'", &checked)
      default: throw gate.unknown("content of the type '\(type.prefix(60))'")
      }
    }
  }

  private func check(
    source: StrictJSON?, of type: String, _ checked: inout CheckedRequest
  ) throws(RequestRefusal) {
    switch (source?["type"]?.text, type) {
    case ("base64", "image"): checked.imageTokens += Self.imageTokens
    // Pages are counted as text and as images, and a small file may have thousands.
    case ("base64", _): try need(.files, "a whole document", &checked)
    case ("text", "document"): break
    case ("content", "document"): try check(content: source?["content"], &checked)
    case ("url", _): try need(.webFetch, "a URL as source", &checked)
    case ("file", _): try need(.files, "a stored file as source", &checked)
    default: throw gate.unknown("this source of \(type)")
    }
  }
}
