import Testing

@Suite("Trust in what a comparison runs") struct CompareTrustTests {
  @Test("the base's harness is trusted by its commit") func base() throws {
    let program = try Program([
      "n": "1\n",
      "belljar.yaml": """
      name: trusted
      surface: {editable: [n]}
      setup: {run: 'true', network: open}
      scorers: [{name: gate, kind: exit-code, role: gate, run: 'true'}]
      """,
    ])
    let two = try program.shell(
      "git init -q . && git config user.name a && git config user.email a@b && git add . && git commit -qm one && "
        + "echo '# more' >> belljar.yaml && git commit -qam two && $BELLJAR trust && $BELLJAR compare HEAD~1 HEAD")
    #expect(two.status == 65)
    let advice = try #require(two.error.split(separator: "\n").last { $0.contains("belljar trust --harness") })
    let words = advice.split(separator: " ")
    let commit = try #require(words.last)
    #expect(words.dropLast().last == "--revision")
    #expect(try program.run(["trust", "--revision", String(commit)]).status == 0)
    let compared = try program.run(["compare", "HEAD~1", "HEAD"])
    #expect(compared.status == 0, "\(compared.output)\(compared.error)")
  }
}

@Suite("Files of belljar compare") struct CompareReportTests {
  @Test("a report that can't be written is told before anything is measured", arguments: ["gone/out.xml", "folder"])
  func before(file: String) throws {
    let program = try Program(["folder/file": ""])
    let found = try program.run(["compare", "--report", "junit:\(file)", "--", "sleep 60", "sleep 60"])
    #expect(found.status == 125)
    #expect(found.error.contains("write \(file): "))
    #expect(found.output == "")
  }

  @Test("a report that fails while it is written takes neither the answer nor the other reports away")
  func after() throws {
    let program = try Program(["file": ""])
    let found = try program.run([
      "compare", "--time", "2s", "--report", "junit:/dev/full", "--report", "json:out.json", "--", "true", "true",
    ])
    #expect(found.status == 125)
    #expect(found.error.contains("write /dev/full: "))
    #expect(found.output.contains("CASE"))
    #expect(try program.shell("cat out.json").output.contains("belljar-compare"))
  }
}
