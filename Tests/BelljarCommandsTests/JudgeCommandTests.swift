import FoundationEssentials
import Testing

@Suite("A judge with a model") struct JudgeCommandTests {
  /// A model's API whose judgements differ from one to the next; it keeps what it was asked.
  private static let api = """
    import http.server, json, os
    scores = json.loads(os.environ.get("SCORES", "[0.8, 0.6, 0.7]"))
    asked = 0
    class API(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def log_message(self, *_): pass
        def do_POST(self):
            global asked
            body = self.rfile.read(int(self.headers["content-length"]))
            open("asked", "ab").write(body + b"\\n")
            if asked == int(os.environ.get("MOST", "-1")):
                self.send_error(502)
                return
            text = json.dumps({"score": scores[asked % len(scores)], "reason": "clear\\x1b[31m\\nenough"})
            asked += 1
            answer = json.dumps({"id": "m", "type": "message", "role": "assistant", "model": "claude-haiku-4-5",
                "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
                "usage": {"input_tokens": 10000, "output_tokens": 2000}}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
    server = http.server.HTTPServer(("127.0.0.1", 0), API)
    open("port.new", "w").write(str(server.server_port))
    os.rename("port.new", "port")
    server.serve_forever()
    """
  private static let key = "sk-ant-canary-0123456789abcdef"

  private func program(bound: String, cost: String, iterations: Int) throws -> Program {
    try Program([
      "belljar.yaml": """
      name: judged
      surface: {editable: ["src/**"]}
      scorers:
        - name: tone
          kind: judge
          role: gate
          at_least: \(bound)
          run: sort src/a.txt
          rubric_file: rubric.md
          agent: {kind: model, api: anthropic, model: claude-haiku-4-5}
      agent: {kind: command, run: "echo more >> src/a.txt"}
      loop: {strategy: retry, stop: {iterations: \(iterations), cost: \(cost)}}
      """, "rubric.md": "It greets.\n", "src/a.txt": "zulu\nalpha\n", "api.py": Self.api, "fixed.txt": "unseen\n",
    ])
  }

  /// Runs lines with the API at hand.
  ///
  /// - Parameter api: Variables for the API.
  private func shell(
    _ program: Program, _ lines: String, api: String = ""
  ) throws -> (status: Int32, output: String, error: String) {
    try program.shell(
      """
      mkdir ../api && cd ../api && \(api) python3 ../project/api.py & API=$!
      trap 'kill $API' EXIT
      while ! [ -s ../api/port ]; do sleep 0.05; done
      export ANTHROPIC_BASE_URL=http://127.0.0.1:$(cat ../api/port) ANTHROPIC_API_KEY=\(Self.key)
      \(lines)
      """)
  }

  @Test("`score` asks for trust, then tells the median, the spread and the cost") func score() throws {
    let program = try program(bound: "0.65", cost: "1 USD", iterations: 1)
    let demand = "judge:tone sends what candidates write to the API of Anthropic"
    #expect(try program.run(["check"]).output.contains(demand))
    let first = try program.run(["score"])
    #expect(first.status == 65)
    #expect(first.error.contains(demand))
    let run = try shell(
      program, "$BELLJAR trust > /dev/null && $BELLJAR score && $BELLJAR score --again last --format json")
    #expect(run.status == 0, "\(run.output)\(run.error)")
    #expect(run.output.contains("pass (0.7000)"), "\(run.output)")
    #expect(run.output.contains("inside   median of 3 judgings, 0.6 to 0.8"), "\(run.output)")
    #expect(run.output.contains(#""least": 0.6"#), "\(run.output)")
    // 10,000 tokens at 1 USD and 2,000 at 5 USD for a million, three times.
    #expect(run.output.contains(#""usd": 0.06"#), "\(run.output)")
    let asked = program.text("api/asked")
    #expect(asked.split(separator: "\n").count == 6)
    #expect(asked.contains("You are a judge."))
    // Little is set aside for a short answer.
    #expect(asked.contains(#""max_tokens":4096"#))
    #expect(asked.contains(#"It greets.\n"#))
    #expect(asked.contains(#"BEGIN standard output, 11 bytes\nalpha\nzulu\n"#))
    #expect(!asked.contains("unseen") && !asked.contains("sort src"))
  }

  @Test("in a loop its cost is the loop's, and its words are in the record") func loop() throws {
    let program = try program(bound: "0.75", cost: "1 USD", iterations: 2)
    let run = try shell(
      program,
      """
      $BELLJAR trust > /dev/null && $BELLJAR loop
      $BELLJAR show 1; $BELLJAR show 1 --trace --step judge:tone; $BELLJAR export --format jsonl; $BELLJAR verify
      """)
    let said = "\(run.output)\(run.error)"
    #expect(said.contains("gate tone failed: 0.7 is not at least 0.75; median of 3 judgings, 0.6 to 0.8"), "\(said)")
    let cost = "cost       0.0600 USD at least (1 of 2 steps unknown); 30000 in, 6000 out; 3 requests"
    #expect(said.contains(cost), "\(said)")
    #expect(said.contains("judge:tone  model  claude-haiku-4-5"), "\(said)")
    #expect(said.contains("judging 3 of 3 of candidate 1"), "\(said)")
    #expect(said.contains(#""step": "judge:tone""#), "\(said)")
    #expect(run.status == 0, "\(said)")
    #expect(!run.output.contains("\u{1B}"))
    #expect(try program.shell("grep -rlaF \(Self.key) ../state .").output == "")
  }

  @Test("where the loop's cost budget has no room for another judging, the loop ends with that") func budget() throws {
    let program = try program(bound: "0.75", cost: "0.30 USD", iterations: 50)
    let run = try shell(program, "$BELLJAR trust > /dev/null && $BELLJAR loop; $BELLJAR log")
    let said = "\(run.output)\(run.error)"
    #expect(said.contains("the cost budget is used up"), "\(said)")
    let asked = program.text("api/asked").split(separator: "\n").count
    // At 0.02 USD each.
    #expect(asked > 6 && asked <= 15, "\(asked) \(said)")
  }

  @Test("what a check of the champion cost is told wherever cost is") func checked() throws {
    let program = try program(bound: "0.75", cost: "1 USD", iterations: 2)
    let run = try shell(
      program,
      """
      $BELLJAR trust > /dev/null && $BELLJAR loop
      $BELLJAR status; $BELLJAR show 1; $BELLJAR export; $BELLJAR verify
      """,
      api: "SCORES='[0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]'")
    let said = "\(run.output)\(run.error)"
    #expect(run.status == 0, "\(said)")
    #expect(program.text("api/asked").split(separator: "\n").count == 9)
    // The baseline's, the try's and the check's, 0.06 USD each; what the agent cost is not known.
    #expect(said.contains("cost       0.1800 USD at least (1 of 3 steps unknown)"), "\(said)")
    let event =
      "judges were asked for a check of the champion: 0.0600 USD; "
      + "judge:tone: 30000 tokens in, 6000 out, 3 requests"
    #expect(said.contains(event), "\(said)")
    #expect(said.contains(#""event": "judged", "iteration": 1"#) && said.contains(#""value": 0.06"#), "\(said)")
  }

  @Test("`check` names the secrets that are too short to be struck out") func shortSecrets() throws {
    let program = try program(bound: "0.75", cost: "1 USD", iterations: 1)
    let long = try program.shell("ANTHROPIC_API_KEY=\(Self.key) $BELLJAR check")
    #expect(!long.output.contains("not struck out"), "\(long.output)")
    let short = try program.shell("export ANTHROPIC_API_KEY=abc; $BELLJAR check; $BELLJAR check --format json")
    #expect(short.output.contains("ANTHROPIC_API_KEY  its value has fewer than 8 bytes"), "\(short.output)")
    #expect(short.output.contains(#""secrets_too_short": ["ANTHROPIC_API_KEY"]"#), "\(short.output)")
  }

  @Test("a new judge is tried with a model, and without one says what is left open") func template() throws {
    let program = try Program(["api.py": Self.reader])
    let new = try program.run(["scorer", "new", "mine", "--kind", "judge"])
    #expect(new.status == 0 && new.output.contains("belljar trust --harness mine"), "\(new.output)\(new.error)")
    #expect(try program.run(["scorer", "new", "x", "--kind", "judge", "--language", "sh"]).status == 64)
    let untrusted = try program.run(["scorer", "test", "mine"])
    #expect(untrusted.status == 65 && untrusted.error.contains("belljar trust"), "\(untrusted.error)")
    #expect(try program.run(["trust", "--harness", "mine"]).status == 0)
    let without = try program.run(["scorer", "test", "mine"])
    #expect(without.status == 1, "\(without.output)\(without.error)")
    #expect(without.output.contains("wrong: clear: its judge can't be asked: judge:clear (model): there is no key"))
    #expect(without.output.contains("1 thing(s) wrong, 4 of 5 candidates left open"), "\(without.output)")
    #expect(without.output.contains("gate words failed: 220 words, more than 60"), "\(without.output)")
    let run = try shell(program, "$BELLJAR scorer test mine")
    #expect(run.status == 0, "\(run.output)\(run.error)")
    #expect(run.output.contains("all 5 candidates came out as declared"), "\(run.output)")
  }

  /// A model that finds a notice clear which says what to do.
  private static let reader = api.replacing(
    "scores[asked % len(scores)]",
    with: #"0.9 if b"fill a bucket before, and leave all taps closed until" in body else 0.2"#)

  @Test("a champion that no judge can be asked about at the end stays, and that is said") func unreachable() throws {
    let program = try program(bound: "0.75", cost: "1 USD", iterations: 2)
    // Three judgings of the baseline and three of the first try; then nothing any more.
    let run = try shell(
      program, "$BELLJAR trust > /dev/null && $BELLJAR loop; echo code $?; $BELLJAR show 1",
      api: "MOST=6 SCORES='[0.1, 0.1, 0.1, 0.9, 0.9, 0.9]'")
    let said = "\(run.output)\(run.error)"
    #expect(said.contains("try 1 could not be measured against the baseline: judge:tone could not reach"), "\(said)")
    #expect(said.contains("ended: all gates pass; 1 try, 1 kept"), "\(said)")
    #expect(said.contains("code 0"), "\(said)")
    #expect(said.contains("could not be measured: judge:tone"), "\(said)")
  }
}
