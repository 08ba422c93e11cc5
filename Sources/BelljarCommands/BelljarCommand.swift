internal import ArgumentParser
internal import Glibc
internal import Sandbox

/// Runs `belljar` with the process's arguments; the executable's only call.
package func runBelljar() {
  occupyStandardStreams()
  raiseDescriptorLimit()
  if let request = RunRequest(plain: CommandLine.arguments.dropFirst()) { request.run() }
  BelljarCommand.main()
}

/// Opens what the caller has closed of the standard streams, so that no file or pipe of ours comes to have their numbers.
private func occupyStandardStreams() {
  for fd in Int32(0)...2 where fcntl(fd, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
}

/// The root of the command line.
struct BelljarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "belljar", abstract: "A sandboxed evaluation harness: seal, score, keep.",
    version: "0.1.0",
    subcommands: [
      DoctorCommand.self, CheckCommand.self, RunCommand.self, ScoreCommand.self, CompareCommand.self,
      CalibrateCommand.self, LoopCommand.self, ListCommand.self,
      StatusCommand.self, PauseCommand.self, ResumeCommand.self, CancelCommand.self, LogCommand.self, ShowCommand.self,
      TraceCommand.self,
      DiffCommand.self, CheckoutCommand.self, ApplyCommand.self, RestoreCommand.self, NoteCommand.self,
      ExportCommand.self, VerifyCommand.self, CollectCommand.self, TrustCommand.self, ScorerCommand.self,
      PolicyCommand.self,
    ])
}
