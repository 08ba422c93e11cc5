import Comparison
import Harness
import Reporting
import Sandbox
import Scoring
import Testing
import Workspace

@Suite("Calibration", .serialized) struct CalibrationTests {
  private func harness(margin: String = "1 %", run: String = "sleep 0.01", extra: String = "") throws -> HarnessFile {
    try HarnessFile.parse(
      text: """
        name: timed
        surface: {editable: [a]}
        scorers:
          - {name: speed, kind: benchmark, role: objective, run: \(run), margin: \(margin)\(extra)}
        """, file: "belljar.yaml")
  }

  private func calibration(sigma: Double, of harness: HarnessFile) -> Calibration {
    var noise = Noise(effect: 0, sigma: sigma, seed: 9)
    let ratios = (0..<300).map { _ in noise.next() }
    return Calibration(cases: [
      CaseCalibration(
        name: "speed", key: CaseCalibration.key(of: harness.scorers[0]), unit: "s", margin: 0.01, median: 0.01,
        logRatios: ratios, secondsPerPair: 0.02, seen: ["same": 3], falseAlarms: 0.01)
    ])
  }

  private func bench(of repository: Repository) throws -> Workbench {
    let folder = repository.folder
    return try Workbench(
      harness: try HarnessFile.load(path: "\(folder)/belljar.yaml"), folder: folder, root: folder,
      state: try StateFolder(checkout: folder, environment: ["XDG_STATE_HOME": "\(folder)/.belljar"]),
      cancellation: Cancellation())
  }

  @Test("a harness that asks for less than can be seen is warned, one that doesn't is not")
  func warns() throws {
    let harness = try harness()
    #expect(calibration(sigma: 0.002, of: harness).warnings(for: harness).isEmpty)
    let warnings = calibration(sigma: 0.05, of: harness).warnings(for: harness)
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasPrefix("speed asks for a margin of 1.0 %, but 60 pairs see no less than ") == true)
    #expect(
      warnings.first?.hasSuffix("or repeat; one thread is quieter on one processor (run: budget: {cores: 1})") == true)
    let pinned = try self.harness(run: "{run: sleep 0.01, budget: {cores: 1}}")
    #expect(calibration(sigma: 0.05, of: pinned).warnings(for: pinned).first?.hasSuffix("pairs.max or repeat") == true)
    #expect(calibration(sigma: 0.05, of: harness).warnings(for: try self.harness(margin: "20 %")).isEmpty)
  }

  @Test("a calibration of another command is told to be old; pairs that can't answer anything are told")
  func old() throws {
    let old = calibration(sigma: 0.002, of: try harness())
    #expect(
      old.warnings(for: try harness(run: "sleep 0.02")) == [
        "speed has changed since it was calibrated: run `belljar calibrate` again"
      ])
    let few = try harness(extra: ", pairs: {max: 7}")
    #expect(old.warnings(for: few).isEmpty)
    #expect(few.pairWarnings.count == 1)
    let said = few.pairWarnings.first ?? ""
    #expect(said.hasPrefix("speed: 7 pairs can't answer anything at the error rate of one try; set pairs.max to "))
    let enough = try #require(said.split(separator: " ").compactMap { Int($0) }.last)
    #expect(try harness(extra: ", pairs: {max: \(enough)}").pairWarnings.isEmpty)
    #expect(try !harness(extra: ", pairs: {max: \(enough - 1)}").pairWarnings.isEmpty)
  }

  @Test("the tree is measured against itself, kept, and read again; a damaged file is an error")
  func measures() throws {
    let repository = try Repository()
    try repository.commit(
      "one",
      [
        "a": "1\n",
        "wait.sh": "sleep $1\n",
        "belljar.yaml": """
        name: timed
        surface: {editable: [a]}
        scorers:
          - {name: speed, kind: benchmark, role: objective, run: sh wait.sh "$t", matrix: {t: ["0.01", "0.02"]}, margin: 50 %}
        """,
      ])
    let bench = try bench(of: repository)
    let (file, state) = (bench.harness, bench.state)
    var run = CalibrationRun(bench)
    run.timeLimit = 2
    let (calibration, machine) = try run.run()
    #expect(calibration.cases.map(\.name) == ["speed", "speed (t=0.01)", "speed (t=0.02)"])
    for each in calibration.cases {
      #expect(each.logRatios.count >= 2)
      #expect(each.median >= 0.01)
      #expect(each.secondsPerPair > 0.05)
      #expect(each.falseAlarms <= 0.05)
      #expect(each.seen["better"] == nil)
      #expect(each.seen["worse"] == nil)
    }
    #expect(try Calibration.load(stateFolder: state.path, root: repository.folder) == nil)
    try calibration.save(stateFolder: state.path)
    let loaded = try #require(try Calibration.load(stateFolder: state.path, root: repository.folder))
    #expect(loaded.cases.map(\.logRatios) == calibration.cases.map(\.logRatios))
    #expect(loaded.current(for: file.scorers[0]) != nil)
    try repository.write("wait.sh", "sleep $1 # longer\n")
    let old = try #require(try Calibration.load(stateFolder: state.path, root: repository.folder))
    #expect(old.current(for: file.scorers[0]) == nil)
    #expect(old.warnings(for: file).first?.contains("has changed since it was calibrated") == true)
    let text = CalibrationText.text(calibration, harness: file, machine: machine)
    #expect(text.hasPrefix("CASE"))
    try repository.write(".belljar/x", "")
    try repository.shell("echo '{' > '\(Calibration.path(state.path))'")
    #expect(throws: (any Error).self) { try Calibration.load(stateFolder: state.path, root: repository.folder) }
  }

  @Test("one benchmark of a report counts for its scorer, by whose name a loop looks for it")
  func reported() throws {
    let repository = try Repository()
    try repository.commit(
      "one",
      [
        "a": "1\n", "report": "BenchmarkSort 1 100 ns/op\n",
        "belljar.yaml": """
        name: reported
        surface: {editable: [a]}
        scorers:
          - {name: speed, kind: benchmark, role: objective, run: cat report, measure: reported, report: go}
        """,
      ])
    let bench = try bench(of: repository)
    let file = bench.harness
    var run = CalibrationRun(bench)
    run.timeLimit = 1
    let (calibration, machine) = try run.run()
    #expect(calibration.cases.map(\.name) == ["speed", "speed BenchmarkSort"])
    #expect(calibration.cases.map(\.scorer) == ["speed", "speed"])
    #expect(calibration.current(for: file.scorers[0]) != nil)
    let rows = CalibrationText.text(calibration, harness: file, machine: machine).split(separator: "\n").prefix(3)
    #expect(rows.count == 3)
    for row in rows { #expect(!row.contains("nothing"), "\(row)") }
  }

  @Test("a file of before, which doesn't say whose case each is, is read")
  func earlier() throws {
    let repository = try Repository()
    let harness = try harness()
    try calibration(sigma: 0.05, of: harness).save(stateFolder: repository.folder)
    let text = try #require(readFile(Calibration.path(repository.folder)))
    #expect(!String(decoding: text, as: UTF8.self).contains("\"scorer\""))
    let loaded = try #require(try Calibration.load(stateFolder: repository.folder, root: repository.folder))
    #expect(loaded.current(for: harness.scorers[0]) != nil)
  }

  @Test("a harness without noisy numbers has nothing to calibrate")
  func nothing() throws {
    let repository = try Repository()
    try repository.commit(
      "one",
      [
        "a": "1\n",
        "belljar.yaml":
          "name: x\nsurface: {editable: [a]}\nscorers:\n  - {name: g, kind: exit-code, role: gate, run: \"true\"}\n",
      ])
    let state = try StateFolder(
      checkout: repository.folder, environment: ["XDG_STATE_HOME": "\(repository.folder)/.belljar"])
    let bench = try Workbench(
      harness: try HarnessFile.load(path: "\(repository.folder)/belljar.yaml"), folder: repository.folder,
      root: repository.folder, state: state, cancellation: Cancellation())
    #expect(throws: EvaluationFault.self) { try CalibrationRun(bench).run() }
  }
}
