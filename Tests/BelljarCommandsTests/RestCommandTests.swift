import Glibc
import Testing

@Suite("Work beside a measurement", .serialized) struct RestCommandTests {
  @Test("belljar run stops while belljar compare measures, and goes on when that is killed")
  func killed() throws {
    let program = try Program(["file": ""])
    func lines() -> Int { program.text("work").utf8.count }
    /// Whether it comes true within so many tenths of a second.
    func comes(_ tenths: Int, _ isTrue: () -> Bool) -> Bool {
      for _ in 0..<tenths {
        if isTrue() { return true }
        usleep(100_000)
      }
      return false
    }
    func isStill(milliseconds: UInt32) -> Bool {
      let before = lines()
      usleep(milliseconds * 1000)
      return lines() == before
    }
    let endless = ["run", "--wall", "10min", "--", "/bin/sh", "-c", "while :; do echo x; sleep 0.01; done"]
    let work = try program.start(endless, output: "work")
    defer {
      kill(work, SIGTERM)
      _ = program.wait(work)
    }
    #expect(comes(300) { lines() > 0 })
    let measurement = try program.start(["compare", "--", "sleep 20", "sleep 20"])
    // Others may have their turn before.
    let stopped = comes(300) { isStill(milliseconds: 700) }
    #expect(stopped, "\(program.text("output"))")
    #expect(isStill(milliseconds: 1000))
    kill(measurement, SIGKILL)
    _ = program.wait(measurement)
    #expect(comes(300) { !isStill(milliseconds: 300) })
  }
}
