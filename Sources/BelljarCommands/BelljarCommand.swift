internal import ArgumentParser

/// Runs `belljar` with the process's arguments; the executable's only call.
package func runBelljar() {
  if let request = RunRequest(plain: CommandLine.arguments.dropFirst()) { request.run() }
  BelljarCommand.main()
}

/// The root of the command line.
struct BelljarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "belljar", abstract: "A sandboxed evaluation harness: seal, score, keep.",
    version: "0.1.0",
    subcommands: [
      DoctorCommand.self, CheckCommand.self, RunCommand.self, ScoreCommand.self, LoopCommand.self, ListCommand.self,
      StatusCommand.self, PauseCommand.self, ResumeCommand.self, CancelCommand.self, LogCommand.self, ShowCommand.self,
      DiffCommand.self, CheckoutCommand.self, ApplyCommand.self, RestoreCommand.self, NoteCommand.self,
      ExportCommand.self, VerifyCommand.self, CollectCommand.self, TrustCommand.self, PolicyCommand.self,
    ])
}
