/// Claude Code, tried with the version in `least`.
package struct ClaudeCommandLine: AgentCommandLine {
  private let now: @Sendable () -> Double

  package init() { now = WallClock.now }

  /// - Parameter now: Seconds since 1970, for times that are said without a date.
  init(now: @escaping @Sendable () -> Double) { self.now = now }

  package var program: String { "claude" }

  /// Those that work on files and run commands. Searching and fetching would be refused by the gateway.
  private static let tools = "Bash,Edit,Glob,Grep,NotebookEdit,Read,Task,Write"

  private static let environment = [
    // Inside, the process may be uid 0 of its user namespace; without this it won't skip its questions then.
    "IS_SANDBOX": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
    "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
    // What runs on in the background would be killed at the end, half done.
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    // A stream that broke is asked for again as a stream: as one answer it would be paid for twice, and come late.
    "CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK": "1",
    "CLAUDE_CODE_MAX_RETRIES": "4",
    // Tools that the model searches for come as content that names them, which the gateway doesn't know.
    "ENABLE_TOOL_SEARCH": "false",
    // So that a limit's end is said in UTC.
    "TZ": "UTC",
  ]

  package func launch(_ request: AgentRequest) -> AgentLaunch {
    var arguments = [
      program, "-p", "--output-format", "stream-json", "--verbose", "--dangerously-skip-permissions",
      // The project's CLAUDE.md is read; its hooks and MCP servers aren't started.
      "--setting-sources", "project", "--settings", #"{"disableAllHooks":true}"#, "--strict-mcp-config",
      "--disable-slash-commands", "--no-chrome", "--tools", Self.tools,
    ]
    if request.session == nil, !request.keepsSession { arguments.append("--no-session-persistence") }
    if let session = request.session { arguments += ["--resume", session] }
    if let model = request.model { arguments += ["--model", model] }
    arguments += request.arguments
    var environment = Self.environment
    if let gateway = request.gateway {
      environment["ANTHROPIC_BASE_URL"] = gateway
      environment["ANTHROPIC_API_KEY"] = request.pass
    }
    return AgentLaunch(arguments: arguments, environment: environment, input: Array(request.prompt.utf8))
  }

  package func makeReader() -> any AgentOutputReader { ClaudeReader(now: now) }

  private static let least = CommandLineVersion(2, 1, 329)

  package func objection(toVersion text: String) -> String? {
    CommandLineVersion.objection(to: text, of: program, least: Self.least)
  }
}
