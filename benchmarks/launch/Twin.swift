import Glibc

/// The C twin, kept running: one byte in, one line of nanoseconds out.
final class Twin {
  private let input: UnsafeMutablePointer<FILE>
  private let output: UnsafeMutablePointer<FILE>

  init?(_ path: String, plan: [UInt8], tasks: [String]) {
    let file = "/tmp/belljar-twin-\(getpid()).plan"
    guard let stream = fopen(file, "w") else { return nil }
    fwrite(plan, 1, plan.count, stream)
    fclose(stream)
    var to: [Int32] = [0, 0]
    var from: [Int32] = [0, 0]
    guard pipe(&to) == 0, pipe(&from) == 0 else { return nil }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, to[0], 0)
    posix_spawn_file_actions_adddup2(&actions, from[1], 1)
    for fd in to + from { posix_spawn_file_actions_addclose(&actions, fd) }
    var argv = ([path, file] + tasks).map { strdup($0) } + [nil]
    var pid: pid_t = 0
    guard posix_spawn(&pid, path, &actions, nil, &argv, environ) == 0 else { return nil }
    close(to[0])
    close(from[1])
    guard let input = fdopen(to[1], "w"), let output = fdopen(from[0], "r") else { return nil }
    self.input = input
    self.output = output
    // Once it answers it has read its plan.
    guard launch().isFinite else { return nil }
    unlink(file)
  }

  func launch() -> Double {
    fputc(10, input)
    fflush(input)
    var line = [CChar](repeating: 0, count: 64)
    guard fgets(&line, 64, output) != nil else { return .nan }
    return Double(atoll(line)) / 1e6
  }
}
