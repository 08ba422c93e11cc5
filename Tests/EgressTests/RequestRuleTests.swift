import Egress
import Foundation
import Testing

@Suite("What of a request passes", .serialized, .timeLimit(.minutes(5))) struct RequestRuleTests {
  /// What is refused: the path, the body, and the feature that would let it through, or none.
  static let refused: [(String, String, APIFeature?)] = [
    ("/v1/messages", #""tools":[{"type":"web_search_20250305","name":"web_search"}]"#, .webSearch),
    ("/v1/messages", #""tools":[{"type":"web_fetch_20250910","name":"web_fetch"}]"#, .webFetch),
    ("/v1/messages", #""tools":[{"type":"code_execution_20250825","name":"x"}]"#, .codeExecution),
    ("/v1/messages", #""tools":[{"type":"mcp_toolset","mcp_server_name":"x"}]"#, .remoteTools),
    ("/v1/messages", #""tools":[{"type":"tool_of_tomorrow","name":"x"}]"#, nil),
    ("/v1/messages", #""tools":{"type":"web_search_20250305","name":"web_search"}"#, nil),
    ("/v1/messages", #""mcp_servers":[{"type":"url","url":"https://x.org"}]"#, .remoteTools),
    ("/v1/messages", #""container":"c1""#, .codeExecution),
    ("/v1/messages", #""speed":"fast""#, nil),
    ("/v1/messages", #""service_tier":"priority""#, nil),
    ("/v1/messages", #""context_management":{"edits":[{"type":"compact_20260112"}]}"#, nil),
    ("/v1/messages", #""system":[{"type":"image","source":{"type":"url","url":"https://x.org"}}]"#, .webFetch),
    ("/v1/messages", #""system":[{"type":"document","source":{"type":"file","file_id":"f"}}]"#, .files),
    ("/v1/messages", #""system":[{"type":"document","source":{"type":"base64","data":""}}]"#, .files),
    (
      "/v1/messages",
      #""system":[{"type":"tool_result","content":[{"type":"image","source":{"type":"url","url":"http://x"}}]}]"#,
      .webFetch
    ),
    (
      "/v1/messages",
      #""system":[{"type":"document","source":{"type":"content","content":[{"type":"image","source":{"type":"url"}}]}}]"#,
      .webFetch
    ),
    ("/v1/messages", #""system":[{"type":"block_of_tomorrow"}]"#, nil),
    ("/v1/responses", #""tools":[{"type":"web_search"}]"#, .webSearch),
    ("/v1/responses", #""prompt_cache_retention":"24h""#, nil),
    ("/v1/chat/completions", #""prompt_cache_retention":"24h""#, nil),
    ("/v1/responses", #""tools":[{"type":"web_search_preview_2025_03_11"}]"#, .webSearch),
    (
      "/v1/responses", #""tools":[{"type":"namespace","tools":[{"type":"mcp","server_url":"https://x"}]}]"#,
      .remoteTools
    ),
    (
      "/v1/responses",
      #""input":[{"type":"additional_tools","role":"developer","tools":[{"type":"namespace","name":"n","tools":[{"type":"web_search"}]}]}]"#,
      .webSearch
    ),
    ("/v1/responses", #""input":[{"type":"additional_tools","tools":{"type":"web_search"}}]"#, nil),
    ("/v1/responses", #""tools":[{"type":"code_interpreter","container":{"type":"auto"}}]"#, .codeExecution),
    ("/v1/responses", #""tools":[{"type":"shell","environment":{"type":"container_auto"}}]"#, .codeExecution),
    ("/v1/responses", #""tools":[{"type":"file_search","vector_store_ids":["v"]}]"#, .files),
    ("/v1/responses", #""tools":[{"type":"image_generation"}]"#, nil),
    ("/v1/responses", #""background":true"#, nil),
    ("/v1/responses", #""previous_response_id":"r1""#, nil),
    ("/v1/responses", #""conversation":"c1""#, nil),
    ("/v1/responses", #""prompt":{"id":"p1"}"#, nil),
    ("/v1/responses", #""input":[{"type":"item_reference","id":"i"}]"#, nil),
    (
      "/v1/responses",
      #""input":[{"role":"user","content":[{"type":"input_image","image_url":"https://x.org/a.png"}]}]"#, .webFetch
    ),
    (
      "/v1/responses", #""input":[{"role":"user","content":[{"type":"input_file","file_url":"https://x.org"}]}]"#,
      .files
    ),
    (
      "/v1/responses",
      #""input":[{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":"http://x"}]}]"#,
      .webFetch
    ),
    ("/v1/chat/completions", #""web_search_options":{}"#, .webSearch),
    ("/v1/chat/completions", #""tools":[{"type":"web_search"}]"#, nil),
    ("/v1/chat/completions", #""modalities":["audio"]"#, nil),
    (
      "/v1/chat/completions",
      #""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x.org"}}]}]"#, .webFetch
    ),
    (
      "/v1/chat/completions", #""messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]"#,
      .files
    ),
    ("/v1beta/models/m1:generateContent", #""tools":[{"googleSearch":{}}]"#, .webSearch),
    ("/v1beta/models/m1:generateContent", #""tools":[{"google_search":{}}]"#, .webSearch),
    ("/v1beta/models/m1:generateContent", #""tools":[{"functionDeclarations":[],"codeExecution":{}}]"#, .codeExecution),
    ("/v1beta/models/m1:generateContent", #""tools":[{"urlContext":{}}]"#, .webFetch),
    ("/v1beta/models/m1:generateContent", #""cached_content":"cachedContents/x""#, nil),
    ("/v1beta/models/m1:generateContent", #""generation_config":{"response_modalities":["IMAGE"]}"#, nil),
    ("/v1beta/models/m1:generateContent", #""contents":[{"parts":[{"file_data":{"file_uri":"https://x"}}]}]"#, .files),
    ("/v1beta/models/m1:generateContent", #""contents":{"parts":{"fileData":{"fileUri":"https://x"}}}"#, .files),
    (
      "/v1beta/models/m1:generateContent",
      #""contents":[{"parts":[{"functionResponse":{"parts":[{"fileData":{}}]}}]}]"#, .files
    ),
  ]

  /// A whole body around some members.
  private static func body(_ path: String, _ members: String) -> String {
    var all = [members]
    let needed =
      path.contains("generateContent")
      ? [("contents", "[]")]
      : path == "/v1/responses"
        ? [("model", #""m1""#), ("input", #""x""#)]
        : [("model", #""m1""#), ("max_tokens", "9"), ("messages", "[]")]
    for (name, value) in needed where !members.hasPrefix("\"\(name)\":") { all.append("\"\(name)\":\(value)") }
    return "{\(all.joined(separator: ","))}"
  }

  @Test("what reaches further than a model is refused with its reason, and passes where the policy names it")
  func reach() async throws {
    let strict = try await GatewayFixture { _ in Issue.record("it was passed") }
    let open = try await GatewayFixture(features: Set(APIFeature.allCases)) { connection in
      while true {
        _ = try await connection.message()
        try await connection.write(Answers.json("{}"))
      }
    }
    let limited = try await GatewayFixture(budget: 100, features: Set(APIFeature.allCases)) { connection in
      while true {
        _ = try await connection.message()
        try await connection.write(Answers.json("{}"))
      }
    }
    for (path, members, feature) in Self.refused {
      let body = Self.body(path, members)
      let answer = try await strict.post(path, body)
      #expect(answer.head.hasPrefix("HTTP/1.1 400"), "\(members): \(answer)")
      #expect(answer.body.contains(feature.map { "'\($0.rawValue)'" } ?? "belljar: "), "\(members): \(answer.body)")
      let passed = try await open.post(path, body)
      #expect(passed.head.hasPrefix(feature == nil ? "HTTP/1.1 400" : "HTTP/1.1 200"), "\(members): \(passed)")
      guard feature != nil, members.contains("tools") else { continue }
      let unpaid = try await limited.post(path, body)
      #expect(unpaid.body.contains("no bound"), "\(members): \(unpaid.body)")
    }
    #expect(try await strict.doors.records.all(Self.refused.count).allSatisfy { $0.verdict != .allowed })
  }

  @Test(
    "what agents really send passes",
    arguments: [
      (
        "/v1/messages",
        #"{"model":"m1","max_tokens":9,"stream":false,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],"tools":[{"name":"Bash","description":"d","input_schema":{"type":"object","properties":{"url":{"type":"url"}}}},{"type":"bash_20250124","name":"bash"},{"type":"text_editor_20250728","name":"e"},{"type":"custom","name":"c","input_schema":{}}],"thinking":{"type":"enabled","budget_tokens":5},"context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]},"metadata":{"user_id":"u"},"output_config":{"effort":"high"},"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"tool_use","id":"t","name":"Fetch","input":{"source":{"type":"url","url":"https://x.org"}}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"x"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]}]}]}"#
      ),
      (
        "/v1/responses",
        #"{"model":"m1","instructions":"i","store":false,"stream":false,"parallel_tool_calls":true,"tool_choice":"auto","reasoning":{"effort":"high","summary":"auto"},"include":["reasoning.encrypted_content"],"prompt_cache_key":"k","text":{"verbosity":"low"},"client_metadata":{"a":"b"},"previous_response_id":null,"background":false,"tools":[{"type":"function","name":"shell","parameters":{"type":"object"}},{"type":"custom","name":"apply_patch","format":{"type":"grammar"}},{"type":"local_shell"}],"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"t"},{"type":"input_image","image_url":"data:image/png;base64,aGk="}]},{"type":"reasoning","summary":[{"type":"summary_text","text":"s"}],"encrypted_content":"e"},{"type":"function_call","name":"shell","arguments":"{}","call_id":"c"},{"type":"function_call_output","call_id":"c","output":"o"},{"type":"custom_tool_call_output","call_id":"d","output":"o"}]}"#
      ),
      (
        "/v1/chat/completions",
        #"{"model":"m1","temperature":0.2,"n":1,"tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}]}"#
      ),
      (
        "/v1beta/models/m1:generateContent",
        #"{"systemInstruction":{"role":"user","parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"t"},{"inlineData":{"mimeType":"image/png","data":"aGk="}}]},{"role":"model","parts":[{"thought":true,"text":"x","thoughtSignature":"s"},{"functionCall":{"name":"f","args":{"fileData":1}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"o"}}}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{},"generationConfig":{"temperature":0,"topP":1,"thinkingConfig":{"includeThoughts":true}},"safetySettings":[]}"#
      ),
    ])
  func real(path: String, body: String) async throws {
    let asked = Asked()
    let fixture = try await GatewayFixture { connection in
      asked.add(try await connection.message())
      try await connection.write(Answers.json("{}"))
    }
    let answer = try await fixture.post(path, body)
    #expect(answer.head.hasPrefix("HTTP/1.1 200"), "\(answer)")
    #expect(asked.all.first?.body == body)
  }

  @Test(
    "what Claude Code 2.1 and Codex 0.163 sent passes, as it was recorded",
    arguments: [
      ("/v1/messages?beta=true", "claude-edit"), ("/v1/messages?beta=true", "claude-adaptive"),
      ("/v1/messages?beta=true", "claude-all-tools"), ("/v1/responses", "codex-edit"),
      ("/v1/responses", "codex-script"), ("/v1/responses", "codex-unknown-model"),
    ])
  func recorded(path: String, name: String) async throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../fixtures/agents/requests/\(name).json")
    let body = try String(contentsOf: file, encoding: .utf8)
    let asked = Asked()
    let fixture = try await GatewayFixture { connection in
      asked.add(try await connection.message())
      try await connection.write(Answers.json("{}"))
    }
    let answer = try await fixture.post(path, body)
    #expect(answer.head.hasPrefix("HTTP/1.1 200"), "\(answer)")
    #expect(asked.all.first?.body == body)
  }

  @Test(
    "a body that two readers could read differently is refused",
    arguments: [
      #"{"model":"m1","max_tokens":9,"messages":[],"tools":[],"tools":[{"type":"web_search_20250305"}]}"#,
      #"{"model":"m1","max_tokens":9,"messages":[],"t\u006fols":[],"tools":[{"type":"web_search_20250305"}]}"#,
      #"{"model":"m1","max_tokens":9,"messages":[]} {"#, #"{"model":"m1","max_tokens":9,"messages":[],}"#, "", "[]",
      "nul",
      #"{"model":"m1","max_tokens":9e999,"messages":[]}"#, #"{"model":"m1","max_tokens":-1,"messages":[]}"#,
      #"{"model":"m1","max_tokens":null,"messages":[]}"#, #"{"model":"m1","max_tokens":1.5,"messages":[]}"#,
      #"{"model":["m1"],"max_tokens":9,"messages":[]}"#,
      #"{"model":"m1","max_tokens":9,"messages":[{"content":{"type":"text"}}]}"#,
      String(repeating: "[", count: 100_000),
    ])
  func ambiguous(body: String) async throws {
    let fixture = try await GatewayFixture { _ in Issue.record("it was passed") }
    let answer = try await fixture.post("/v1/messages", body)
    #expect(answer.head.hasPrefix("HTTP/1.1 400") && answer.body.contains("invalid_request_error"), "\(answer)")
  }

  @Test("Gemini's two spellings of one name are refused together")
  func spellings() async throws {
    let fixture = try await GatewayFixture { _ in Issue.record("it was passed") }
    for body in [
      #"{"contents":[],"generationConfig":{"maxOutputTokens":1},"generation_config":{"maxOutputTokens":9999}}"#,
      #"{"contents":[],"generationConfig":{"maxOutputTokens":1,"max_output_tokens":9999}}"#,
    ] {
      let answer = try await fixture.post("/v1beta/models/m1:generateContent", body)
      #expect(answer.body.contains("stands twice") && answer.body.contains("INVALID_ARGUMENT"), "\(answer)")
    }
  }
}
