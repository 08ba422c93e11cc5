import Foundation
import Sandbox
import Testing

/// A failure names what of the host it was not shown, with the line to add.
@Suite("What was not shown") struct FailureAdviceTests {
  private let jar: Jar
  private let place: ExecutableTests.Place

  init() throws {
    place = try ExecutableTests.Place([
      "home/me/sdk/bin/sdkc": "#!/bin/sh\n", "home/me/sdk/lib/core.so": "", "home/me/data.csv": "",
    ])
    jar = Jar(policy: try Policy.builtIn("strict"), arguments: ["make"])
  }

  private func advice(_ text: String) -> [String] {
    let variables = ["HOME": place.home, "PATH": "\(place.home)/sdk/bin:/usr/bin"]
    return FailureAdvice.lines(text, jar: jar, caller: Caller { variables[$0] })
  }

  @Test(
    "a program that another starts, as shells, make and env say it",
    arguments: [
      "sh: 1: sdkc: not found", "make: sdkc: No such file or directory", "bash: line 1: sdkc: command not found",
      "env: ‘sdkc’: No such file or directory",
    ])
  func program(text: String) {
    let lines = advice(text)
    #expect(lines.count == 1, "\(lines)")
    #expect(lines.first?.contains("inputs: [\(place.home)/sdk]") == true, "\(lines)")
    #expect(lines.first?.contains("PATH: \"\(place.home)/sdk/bin:/usr/local/bin:/usr/bin:/bin\"") == true, "\(lines)")
  }

  @Test(
    "a program that no one has, and one that is there inside, are no matter of showing",
    arguments: [
      "sh: 1: nobody-has-this: not found", "cat: sh: No such file or directory", "all is well",
    ])
  func nothing(text: String) { #expect(advice(text).isEmpty) }

  @Test("tools that want what no policy gives, each as it says so inside")
  func known() throws {
    #expect(advice("==2==LeakSanitizer has encountered a fatal error.").first?.contains("detect_leaks=0") == true)
    #expect(advice("fatal: detected dubious ownership in repository at '/x'").first?.contains("safe.directory") == true)
  }

  @Test("a program that a build made, and that was not kept") func built() throws {
    let jar = Jar(
      policy: try Policy.builtIn("strict"), arguments: ["./data.exe"], directory: "/work",
      mounts: [Jar.Mount(.readOnly, source: place.home, destination: "/work")])
    guard case .notStarted("execve", ENOENT, let advice) = try Sandbox().run(jar).outcome.reason else {
      Issue.record("it was started")
      return
    }
    #expect(advice.contains("not in the tree that is shown at /work; of what a build makes"), "\(advice)")
  }

  @Test("a path that the host has") func path() throws {
    let lines = FailureAdvice.lines(
      "error: can't open '/var/lib/dpkg/status': no", jar: jar, caller: Caller { _ in nil })
    #expect(
      lines == [
        "/var/lib/dpkg/status is on this machine and not shown inside; if the step needs it: inputs: [/var/lib/dpkg/status] (or --ro-bind)"
      ])
    #expect(FailureAdvice.lines("/usr/bin/sh /etc/x /nowhere/x", jar: jar, caller: Caller { _ in nil }).isEmpty)
  }
}
