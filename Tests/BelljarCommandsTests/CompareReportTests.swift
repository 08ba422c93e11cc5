import Testing

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
