import FoundationEssentials
import Testing

@Suite("A loop's cost budget") struct CostBudgetTests {
  /// A model's API that charges for every answer that it begins, read to its end or not, and says in `bill` what it came to.
  private static let api = """
    import http.server, json, threading, time
    lock = threading.Lock()
    total = [0, 0]
    class API(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def log_message(self, *_): pass
        def do_HEAD(self): self.send_response(200); self.end_headers()
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            asked = json.loads(body)
            tokens = (len(body) // 4, min(200, asked["max_tokens"]))
            with lock:
                total[0] += tokens[0] * 1e-6 + tokens[1] * 5e-6
                total[1] += 1
                open("bill", "w").write("%.6f %d %s" % (total[0], total[1], self.headers["x-api-key"]))
            events = [("message_start", {"message": {"id": "m", "type": "message", "role": "assistant", "content": [],
                "model": asked["model"], "usage": {"input_tokens": tokens[0], "output_tokens": 1}}})]
            events += [("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "word " * 50}})] * 4
            events += [("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": tokens[1]}}),
                ("message_stop", {})]
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            for name, fields in events:
                line = "event: %s\\ndata: %s\\n\\n" % (name, json.dumps({"type": name, **fields}))
                try: self.wfile.write(line.encode()); self.wfile.flush()
                except OSError: return
                time.sleep(0.15)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), API)
    open("port.new", "w").write(str(server.server_port))
    import os; os.rename("port.new", "port")
    server.serve_forever()
    """

  /// Spends for ever through eight streams at once, and drops every fifth answer in its middle.
  private static let agent = """
    import glob, http.client, json, os, threading
    print(dict(os.environ))
    for path in glob.glob("/proc/*/environ"):
        try: print(open(path, "rb").read())
        except OSError: pass
    key, address = os.environ["ANTHROPIC_API_KEY"], os.environ["ANTHROPIC_BASE_URL"].removeprefix("http://")
    body = json.dumps({"model": "claude-haiku-4-5", "max_tokens": 300, "stream": True,
        "messages": [{"role": "user", "content": "word " * 500}]})
    ended = []
    def spend(thread):
        for number in range(100000):
            connection = http.client.HTTPConnection(address, timeout=30)
            try:
                connection.request("POST", "/v1/messages", body,
                    {"x-api-key": key, "content-type": "application/json", "anthropic-version": "2023-06-01"})
                answer = connection.getresponse()
                if answer.status == 402: ended.append(answer.read()); return
                if (number + thread) % 5 == 0: answer.read(10)
                else: answer.read()
            except OSError: pass
            finally: connection.close()
    threads = [threading.Thread(target=spend, args=(number,)) for number in range(8)]
    for each in threads: each.start()
    for each in threads: each.join()
    print("told:", ended[0].decode())
    raise SystemExit(1)
    """

  private static let harness = """
    name: spender
    surface: {editable: ["src/**"]}
    scorers:
      - {name: never, kind: exit-code, role: gate, run: "false"}
    agent: {kind: command, api: anthropic, run: python3 agent.py}
    loop: {strategy: retry, stop: {cost: 0.10 USD}}
    """

  @Test("eight streams, some dropped, and three kills don't pass it, and no key goes inside or stays behind")
  func held() throws {
    let program = try Program([
      "belljar.yaml": Self.harness, "api.py": Self.api, "agent.py": Self.agent, "src/a.txt": "a\n",
    ])
    let key = "sk-ant-canary-0123456789abcdef"
    let run = try program.shell(
      """
      cd .. && mkdir api && cd api && python3 ../project/api.py & API=$!
      trap 'kill $API' EXIT
      while ! [ -s ../api/port ]; do sleep 0.05; done
      export ANTHROPIC_BASE_URL=http://127.0.0.1:$(cat ../api/port) ANTHROPIC_API_KEY=\(key)
      $BELLJAR trust > /dev/null || exit 9
      for round in 1 2 3; do
        $BELLJAR loop > ../log$round 2>&1 & LOOP=$!
        sleep 0.7
        kill -9 $LOOP
        wait $LOOP
        grep -q 'used up' ../log? && break
      done 2> /dev/null
      cat ../log?
      grep -q 'used up' ../log? || $BELLJAR loop 2>&1
      """)
    let bill = try String(contentsOf: URL(filePath: "\(program.place)/api/bill"), encoding: .utf8).split(separator: " ")
    let spent = try #require(bill.first.flatMap { Double($0) })
    let requests = try #require(bill.dropFirst().first.flatMap { Int($0) })
    #expect(run.output.contains("the cost budget is used up"), "\(run.output)\(run.error)")
    #expect(spent <= 0.10)
    #expect(spent > 0.01)
    #expect(requests > 16)
    // The key reached the API, and nothing else.
    #expect(bill.last.map(String.init) == key)
    let found = try program.shell("grep -rlaF \(key) ../state ../log? . ; $BELLJAR trace grep \(key)")
    #expect(found.output == "")
    // What the agent was told is in its trace.
    #expect(try program.shell("$BELLJAR trace grep 'cost budget of this loop'").output.contains("told:"))
    #expect(try program.run(["verify"]).status == 0)
    #expect(try program.shell("$BELLJAR show 1").output.contains("USD"))
  }
}
