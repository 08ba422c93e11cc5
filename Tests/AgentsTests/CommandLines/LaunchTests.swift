import Testing

@testable import Agents

@Suite("How agents' programs are run") struct LaunchTests {
  private static let gateway = "http://127.0.0.1:3129"

  private static let request = AgentRequest(
    prompt: "-- make it faster", model: "m-1", arguments: ["--effort", "high"], gateway: gateway, pass: "worthless")

  static let all: [any AgentCommandLine] = [
    ClaudeCommandLine(), CodexCommandLine(), GeminiCommandLine(), ProtocolCommandLine(command: ["agent", "-x"]),
  ]

  @Test(
    "the prompt goes in on standard input, never as an argument; a gateway's address and pass are all that is given")
  func everyone() {
    for line in Self.all {
      let launch = line.launch(Self.request)
      #expect(launch.arguments.first == line.program)
      #expect(!launch.arguments.contains { $0.contains("faster") })
      #expect(String(decoding: launch.input, as: UTF8.self).contains("-- make it faster"))
      #expect(launch.arguments.contains("--effort"))
      if line is ProtocolCommandLine { continue }
      let files = launch.files.values.map { String(decoding: $0, as: UTF8.self) }.joined()
      #expect(launch.environment.values.contains("worthless"))
      #expect((launch.environment.values + [files]).contains { $0.contains(Self.gateway) })
      // Without a gateway there is neither.
      let alone = line.launch(AgentRequest(prompt: "p", pass: "worthless"))
      #expect(!alone.environment.values.contains("worthless"))
      #expect(!alone.files.values.contains { String(decoding: $0, as: UTF8.self).contains("model_provider") })
    }
  }

  @Test("Claude Code: no questions, no session, no servers, no hooks, and tools that work on files alone")
  func claude() {
    let launch = ClaudeCommandLine().launch(Self.request)
    let arguments = launch.arguments.joined(separator: " ")
    #expect(
      arguments.hasPrefix("claude -p --output-format stream-json --verbose --dangerously-skip-permissions "))
    for option in [
      "--strict-mcp-config", "--no-session-persistence", #"{"disableAllHooks":true}"#, "--setting-sources project",
      "--model m-1",
    ] {
      #expect(arguments.contains(option))
    }
    #expect(!arguments.contains("Web"))
    #expect(launch.environment["ANTHROPIC_BASE_URL"] == Self.gateway)
    #expect(launch.environment["IS_SANDBOX"] == "1")
    #expect(launch.environment["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] == "1")
  }

  @Test("Codex: a provider of its own, and nothing that reaches further")
  func codex() throws {
    let launch = CodexCommandLine().launch(Self.request)
    #expect(launch.arguments.starts(with: ["codex", "exec", "--json"]))
    #expect(launch.arguments.last == "-")
    #expect(launch.arguments.contains("--ephemeral"))
    let file = String(decoding: try #require(launch.files[".codex/config.toml"]), as: UTF8.self)
    for line in [
      #"web_search = "disabled""#, #"base_url = "http://127.0.0.1:3129/v1""#, #"wire_api = "responses""#,
      #"env_key = "OPENAI_API_KEY""#, "unbounded_connection_retries = false", "enable_request_compression = false",
    ] {
      #expect(file.contains(line), "\(line)")
    }
    // A gateway's address can't write another line into the file.
    var hostile = Self.request
    hostile.gateway = "http://x\"\n[mcp_servers.x]\ncommand = \"y"
    let other = CodexCommandLine().launch(hostile)
    let text = String(decoding: try #require(other.files[".codex/config.toml"]), as: UTF8.self)
    #expect(!text.split(separator: "\n").contains { $0.hasPrefix("[mcp") })
  }

  @Test("a session is gone on with, or kept so that it can be")
  func sessions() {
    var request = Self.request
    request.session = "s-1"
    for line in Self.all.dropLast() {
      let arguments = line.launch(request).arguments
      #expect(arguments.contains("s-1"))
      #expect(!arguments.contains("--ephemeral") && !arguments.contains("--no-session-persistence"))
    }
    #expect(Array(CodexCommandLine().launch(request).arguments.suffix(3)) == ["resume", "s-1", "-"])
    request.session = nil
    request.keepsSession = true
    for line in Self.all.dropLast() {
      let arguments = line.launch(request).arguments
      #expect(!arguments.contains("--ephemeral") && !arguments.contains("--no-session-persistence"))
    }
  }

  @Test("the protocol's request is one line of JSON, whatever is in the prompt")
  func request() {
    let request = AgentRequest(
      prompt: "a \"b\"\nc\u{1b}", model: nil, arguments: ["x y"], gateway: Self.gateway, pass: "worthless", session: "s"
    )
    let launch = ProtocolCommandLine(command: ["agent", "-x"]).launch(request)
    #expect(launch.arguments == ["agent", "-x", "x y"])
    #expect(
      String(decoding: launch.input, as: UTF8.self)
        == #"{"version":1,"prompt":"a \"b\"\nc\u001b","model":null,"args":["x y"],"session":"s","gateway":"http://127.0.0.1:3129"}"#
        + "\n")
  }

  @Test("versions: those that were tried and newer ones will do")
  func versions() {
    #expect(ClaudeCommandLine().objection(toVersion: "2.1.330 (Claude Code)\n") == nil)
    #expect(ClaudeCommandLine().objection(toVersion: "2.1.329 (Claude Code)") == nil)
    #expect(ClaudeCommandLine().objection(toVersion: "3.0.0") == nil)
    #expect(ClaudeCommandLine().objection(toVersion: "1.0.128 (Claude Code)")?.contains("2.1.329") == true)
    #expect(CodexCommandLine().objection(toVersion: "codex-cli 0.163.0") == nil)
    #expect(CodexCommandLine().objection(toVersion: "codex-cli 0.99.5")?.contains("too old") == true)
    #expect(GeminiCommandLine().objection(toVersion: "0.22.0") == nil)
    #expect(GeminiCommandLine().objection(toVersion: "") != nil)
    #expect(GeminiCommandLine().objection(toVersion: "command not found") != nil)
    #expect(ProtocolCommandLine(command: ["x"]).objection(toVersion: "") == nil)
  }
}
