// What a sealed launch of /bin/true costs, beside bare posix_spawn, a plain C twin and bubblewrap: interleaved, in one run.
//
// usage: launch-benchmark [--belljar PATH] [--twin PATH] [-n ROUNDS] | --soak LAUNCHES

import Glibc
import Sandbox

struct Options {
  var belljar: String?
  var twin: String?
  var soak: Int?
  var rounds = 300

  init(_ arguments: [String]) {
    var rest = arguments.dropFirst()
    while let flag = rest.popFirst() {
      switch flag {
      case "--belljar": belljar = rest.popFirst()
      case "--twin": twin = rest.popFirst()
      case "--soak": soak = rest.popFirst().flatMap { Int($0) }
      case "-n": rounds = rest.popFirst().flatMap { Int($0) } ?? rounds
      default:
        print("usage: launch-benchmark [--belljar PATH] [--twin PATH] [-n ROUNDS] | --soak LAUNCHES")
        exit(64)
      }
    }
  }
}

func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

/// posix_spawn and waitpid of a whole command; milliseconds.
func spawn(_ arguments: [String]) -> Double {
  var argv = arguments.map { strdup($0) } + [nil]
  defer { for pointer in argv { free(pointer) } }
  var pid: pid_t = 0
  var status: Int32 = 0
  let begun = now()
  guard posix_spawnp(&pid, arguments[0], nil, nil, &argv, environ) == 0 else { return .nan }
  while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  return status == 0 ? now() - begun : .nan
}

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
  }

  func launch() -> Double {
    fputc(10, input)
    fflush(input)
    var line = [CChar](repeating: 0, count: 64)
    guard fgets(&line, 64, output) != nil else { return .nan }
    return Double(atoll(line)) / 1e6
  }
}

func quantile(_ sorted: [Double], _ share: Double) -> Double {
  sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}

func fixed(_ value: Double) -> String {
  guard value.isFinite else { return "-" }
  let scaled = Int((value * 1000).rounded())
  let rest = "\(scaled % 1000)"
  return "\(scaled / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
}

func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(1, width - text.count))
}

let options = Options(CommandLine.arguments)
let sandbox = try Sandbox()
if let launches = options.soak { exit(try Soak(sandbox: sandbox).run(launches) ? 0 : 1) }
let jar = Jar(policy: try Policy.builtIn("strict"), arguments: ["/bin/true"])
let bubblewrap = [
  "bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--die-with-parent", "/bin/true",
]

var candidates: [(name: String, run: () -> Double)] = [("posix_spawn", { spawn(["/bin/true"]) })]
if let path = options.twin {
  let (plan, tasks) = try Sandbox.twinPlan(jar)
  if let twin = Twin(path, plan: plan, tasks: tasks) { candidates.append(("plain C twin", { twin.launch() })) }
}
candidates.append(
  (
    "library",
    {
      let begun = now()
      let isGood = (try? sandbox.run(jar).outcome.succeeded) ?? false
      return isGood ? now() - begun : .nan
    }
  ))
if let path = options.belljar { candidates.append(("belljar run", { spawn([path, "run", "--", "/bin/true"]) })) }
candidates.append(("bubblewrap", { spawn(bubblewrap) }))

var times = [[Double]](repeating: [], count: candidates.count)
for round in 0..<(options.rounds + 10) {
  // Another order each round, so that no one always follows the same neighbour.
  for index in candidates.indices.shuffled() {
    // Network namespaces are taken down, and the launcher's next child is made, after a launch has returned: nobody's
    // launch shall pay for its neighbour's.
    usleep(2000)
    let time = candidates[index].run()
    if round >= 10, time.isFinite { times[index].append(time) }
  }
}

var system = utsname()
uname(&system)
let kernel = withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
print(
  "/bin/true, \(options.rounds) rounds, interleaved; Linux \(kernel), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores; ms"
)
print(padded("", 14) + "n     median   p5       p95      of bwrap")
let reference = quantile((times.last ?? []).sorted(), 0.5)
for (index, candidate) in candidates.enumerated() {
  let sorted = times[index].sorted()
  let median = quantile(sorted, 0.5)
  print(
    padded(candidate.name, 14) + padded("\(sorted.count)", 6) + padded(fixed(median), 9)
      + padded(fixed(quantile(sorted, 0.05)), 9) + padded(fixed(quantile(sorted, 0.95)), 9) + fixed(median / reference))
}
print("bubblewrap: \(bubblewrap.joined(separator: " "))")
