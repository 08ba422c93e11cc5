import Testing

@Suite("belljar run") struct RunCommandTests {
  // The launch is begun on another processor than this one, and goes on wherever there is time.
  @Test(
    "what runs may use the processors that its caller may: all of them, or one",
    arguments: ["", "taskset -c $(taskset -pc $$ | grep -o '[0-9]*$') "])
  func processors(prefix: String) throws {
    let program = try Program(["notes": ""])
    for _ in 0..<5 {
      let look = "grep Cpus_allowed_list /proc/self/status"
      let (status, output, error) = try program.shell("\(prefix)\(look); \(prefix)$BELLJAR run -- \(look)")
      let lines = output.split(separator: "\n")
      #expect(status == 0, "\(error)")
      #expect(lines.count == 2 && lines.first == lines.last, "\(output)")
    }
  }
}
