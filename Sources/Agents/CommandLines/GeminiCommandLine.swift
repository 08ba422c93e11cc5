/// Gemini CLI, by its documentation.
package struct GeminiCommandLine: AgentCommandLine {
  private let now: @Sendable () -> Double

  package init() { now = WallClock.now }

  /// - Parameter now: Seconds since 1970, for times that are said without a date.
  init(now: @escaping @Sendable () -> Double) { self.now = now }

  package var program: String { "gemini" }

  private static let environment = [
    "GEMINI_SANDBOX": "false",
    "GEMINI_TELEMETRY_ENABLED": "false",
    // A login would wait for a browser.
    "NO_BROWSER": "true",
    // So that a limit's end is said in UTC.
    "TZ": "UTC",
  ]

  /// Searching and fetching are the API's own tools, which the gateway refuses.
  private static let settings = """
    {
      "general": {"disableAutoUpdate": true, "enableAutoUpdate": false, "enableAutoUpdateNotification": false,
                  "checkpointing": {"enabled": false}},
      "privacy": {"usageStatisticsEnabled": false},
      "telemetry": {"enabled": false},
      "ide": {"enabled": false},
      "tools": {"sandbox": false, "exclude": ["google_web_search", "web_fetch"]},
      "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": false}}
    }

    """

  package func launch(_ request: AgentRequest) -> AgentLaunch {
    // Without -p: what stands on stdin is the whole prompt. Of extensions and MCP servers only those named 'none' are taken.
    var arguments = [
      program, "--yolo", "--output-format", "stream-json", "--extensions", "none", "--allowed-mcp-server-names", "none",
    ]
    if let session = request.session { arguments += ["--resume", session] }
    if let model = request.model { arguments += ["--model", model] }
    arguments += request.arguments
    var environment = Self.environment
    if let gateway = request.gateway {
      environment["GOOGLE_GEMINI_BASE_URL"] = gateway
      environment["GEMINI_API_KEY"] = request.pass
    }
    return AgentLaunch(
      arguments: arguments, environment: environment, input: Array(request.prompt.utf8),
      files: [".gemini/settings.json": Array(Self.settings.utf8)])
  }

  package func makeReader() -> any AgentOutputReader { GeminiReader(now: now) }

  /// The first with `--output-format stream-json`.
  private static let least = CommandLineVersion(0, 11, 0)

  package func objection(toVersion text: String) -> String? {
    CommandLineVersion.objection(to: text, of: program, least: Self.least)
  }
}
