internal import ArgumentParser
internal import Comparison
internal import Glibc
internal import Harness
internal import Reporting

/// `belljar calibrate`: what this machine's noise lets a harness see.
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate", abstract: "Measure the tree against itself: the noise, and what can be seen above it.",
    discussion: """
      The result is kept for the harness; `check` and `loop` warn where it asks for less than can be seen.

      Exit codes: 0 measured, 1 the tree can't be built or run, 65 a wrong harness file, 125 Belljar failed.
      """)
  @OptionGroup var harness: HarnessOptions
  @Option(help: ArgumentHelp("How long to measure (default: 1 min).", valueName: "time")) var time: TimeOption?
  @Option(help: "text or json.") var format: OutputFormat = .text

  func run() throws {
    let location = HarnessLocation(harness)
    location.requireTrust()
    let display = ComparisonDisplay()
    do { try calibrate(location, display) } catch EvaluationFault.cancelled {
      display.clear()
      Exit.failure("belljar calibrate: cancelled", code: 130)
    } catch is MeasurementCancelled {
      display.clear()
      Exit.failure("belljar calibrate: cancelled", code: 130)
    } catch let fault as EvaluationFault {
      display.clear()
      Exit.failure("belljar calibrate: \(fault)", code: 1)
    } catch {
      display.clear()
      Exit.failure("belljar calibrate: \(error)", code: 125)
    }
    Exit.now(0)
  }

  /// In a function of its own, so that everything it made is released before the process ends.
  private func calibrate(_ location: HarnessLocation, _ display: ComparisonDisplay) throws {
    let cancellation = Interrupts.cancellation()
    let state = try location.state()
    let bench = try location.bench(state, cancellation)
    var run = CalibrationRun(bench)
    if let time { run.timeLimit = time.seconds }
    run.lock = try display.lock(cancellation)
    run.progress = { display.show($0) }
    let (calibration, machine) = try run.run()
    try calibration.save(stateFolder: state.path)
    display.clear()
    if format == .json {
      print(CalibrationText.json(calibration, harness: location.file, machine: machine).text)
    } else {
      print(CalibrationText.text(calibration, harness: location.file, machine: machine), terminator: "")
    }
  }
}

extension HarnessLocation {
  /// Says on stderr where the harness asks for more than its pairs, or the noise that its calibration saw, allow.
  func warnOfNoise() {
    for warning in file.pairWarnings { Exit.note("warning: \(warning)") }
    do {
      let folder = try StateFolder.path(checkout: root, environment: Self.environment)
      for warning in try Calibration.load(stateFolder: folder, root: root)?.warnings(for: file) ?? [] {
        Exit.note("warning: \(warning)")
      }
    } catch {
      Exit.note("warning: the calibration can't be read (\(error)); run `belljar calibrate` again")
    }
  }
}
