internal import Scoring

/// Codex CLI, tried with the version in `least`.
package struct CodexCommandLine: AgentCommandLine {
  private let now: @Sendable () -> Double

  package init() { now = WallClock.now }

  /// - Parameter now: Seconds since 1970, for times that are said without a date.
  init(now: @escaping @Sendable () -> Double) { self.now = now }

  package var program: String { "codex" }

  package func launch(_ request: AgentRequest) -> AgentLaunch {
    var arguments = [
      program, "exec", "--json", "--skip-git-repo-check", "--color", "never",
      // Its own sandbox isn't needed in this one, and couldn't be made.
      "--dangerously-bypass-approvals-and-sandbox",
    ]
    if request.session == nil, !request.keepsSession { arguments.append("--ephemeral") }
    if let model = request.model { arguments += ["--model", model] }
    arguments += request.arguments
    if let session = request.session { arguments += ["resume", session] }
    arguments.append("-")
    // So that a limit's end is said in UTC.
    var environment = ["TZ": "UTC"]
    if request.gateway != nil { environment[Self.keyVariable] = request.pass }
    return AgentLaunch(
      arguments: arguments, environment: environment, input: Array(request.prompt.utf8),
      files: [".codex/config.toml": Array(configuration(request.gateway).utf8)])
  }

  private static let keyVariable = "OPENAI_API_KEY"

  /// Features that reach out of the sandbox, load what nobody listed, keep what nobody reads, or pack requests so that the
  /// gateway can't read them.
  private static let features = [
    "apps", "browser_use", "computer_use", "enable_request_compression", "goals", "hooks", "image_generation",
    "in_app_browser", "memories", "multi_agent", "plugins", "remote_plugin", "shell_snapshot",
    "skill_mcp_dependency_install", "skill_search", "tool_suggest", "unbounded_connection_retries",
  ]

  private func configuration(_ gateway: String?) -> String {
    var text = """
      check_for_update_on_startup = false
      web_search = "disabled"

      """
    if gateway != nil { text += "model_provider = \"belljar\"\n" }
    text += """

      [analytics]
      enabled = false

      [feedback]
      enabled = false

      [history]
      persistence = "none"

      [otel]
      exporter = "none"
      metrics_exporter = "none"
      trace_exporter = "none"

      [features]

      """
    for feature in Self.features { text += "\(feature) = false\n" }
    guard let gateway else { return text }
    return text + """

      [model_providers.belljar]
      name = "belljar"
      base_url = \(StrictJSON.quoted(gateway + "/v1"))
      env_key = "\(Self.keyVariable)"
      wire_api = "responses"
      request_max_retries = 3
      stream_max_retries = 3
      stream_idle_timeout_ms = 600000
      supports_websockets = false
      requires_openai_auth = false

      """
  }

  package func makeReader() -> any AgentOutputReader { CodexReader(now: now) }

  private static let least = CommandLineVersion(0, 163, 0)

  package func objection(toVersion text: String) -> String? {
    CommandLineVersion.objection(to: text, of: program, least: Self.least)
  }
}
