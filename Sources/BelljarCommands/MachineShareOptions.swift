internal import ArgumentParser
internal import Harness

/// `--cores` and `--memory` of a loop: its share of the machine in this process, before what its harness says.
struct MachineShareOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Processors that all its sandboxes have together.", valueName: "n")) var cores: Int?
  @Option(help: ArgumentHelp("Memory that they have together, such as '4 GB'.", valueName: "size"))
  var memory: SizeOption?

  /// The harness with this share, once it is found possible.
  ///
  /// - Throws: `YAMLError` or ``EvaluationFault`` that names the line or the option to change.
  func applied(to file: HarnessFile) throws -> HarnessFile {
    var file = file
    if let cores { file.loop.cores = cores }
    if let memory { file.loop.memory = memory.bytes }
    guard let fault = file.shareFault(on: .machine) else { return file }
    let isOption = fault.key == .cores ? cores != nil : memory != nil
    guard isOption else { throw file.error(of: fault) }
    throw EvaluationFault.invalid("--\(fault.key.rawValue): \(fault.why)")
  }

  func validate() throws {
    if let cores, cores < 1 { throw ValidationError("--cores \(cores): a loop needs one processor at least") }
  }
}
