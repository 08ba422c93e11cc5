import Glibc

/// A program that keeps one processor busy until it is ended.
struct Load: ~Copyable {
  private let process: pid_t

  /// - Returns: nil where it can't be started.
  init?(_ work: String) {
    // It ends with us, also where we are killed.
    let words = "setpriv --pdeathsig KILL taskset -c 0".split(separator: " ").map(String.init)
    var argv = (words + [work, "cpu", "4000000000000"]).map { strdup($0) } + [nil]
    defer { for pointer in argv { free(pointer) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, words[0], nil, nil, &argv, environ) == 0 else { return nil }
    self.process = process
    usleep(20_000)
  }

  deinit {
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
  }
}
