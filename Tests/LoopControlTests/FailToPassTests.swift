import Harness
import Ledger
import LoopControl
import Testing

/// The lists that a task of the kind of SWE-bench comes with.
@Suite("fail_to_pass and pass_to_pass in a loop") struct FailToPassTests {
  /// Tests `a` (passes), `b` (fails) and `c` (fails, and stays so) until the agent has its say.
  private func project(_ lists: String, agent: String) throws -> Project {
    try Project(
      [
        "src/state": "a=ok b='not ok' c='not ok' code=1\n",
        "run.sh": "#!/bin/sh\n. ./src/state\necho 1..3\necho $a 1 - a\necho $b 2 - b\necho $c 3 - c\nexit $code\n",
        "agent.sh": "#!/bin/sh\necho \"\(agent)\" > src/state\n",
      ],
      harness: """
        name: lists
        surface: {editable: ["src/**"]}
        scorers: [{name: tests, kind: tests, role: gate, report: tap, run: ./run.sh, \(lists)}]
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: retry, stop: {iterations: 1}}
        """)
  }

  @Test(
    "what must begin to pass does, what passed still has to, what failed before decides nothing",
    arguments: [
      ("a=ok b=ok c='not ok' code=1", nil), ("a=ok b='not ok' c=ok code=1", "fail_to_pass tests failed: b"),
      ("a='not ok' b=ok c=ok code=1", "pinned tests failed: a"),
    ])
  func failToPass(agent: String, reason: String?) throws {
    let judged = try #require(try project("fail_to_pass: [b]", agent: agent).loop().tries.first)
    #expect(judged.verdict == (reason == nil ? .kept : .rejected), "\(judged.reason)")
    if let reason { #expect(judged.reason == "gate tests failed: \(reason)") }
  }

  @Test("without the list all that failed has to pass")
  func without() throws {
    let judged = try project("required: [a]", agent: "a=ok b=ok c='not ok' code=1").loop().tries.first
    #expect(judged?.reason == "gate tests failed: pinned tests failed: c")
  }

  @Test(
    "a list that is not true of the baseline is the harness's fault",
    arguments: [
      ("fail_to_pass: [a]", "tests: fail_to_pass names tests that pass on the baseline: a"),
      ("pass_to_pass: [a, b, gone]", "tests: pass_to_pass names tests that don't pass on the baseline: b, gone"),
    ])
  func untrue(list: String, why: String) throws {
    let error = #expect(throws: EvaluationFault.self) { _ = try project(list, agent: "").loop() }
    #expect("\(try #require(error))" == "invalid: \(why)")
  }
}
