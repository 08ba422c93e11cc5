// What a sealed launch costs, beside bare posix_spawn, a plain C twin and bubblewrap: interleaved, in one run.

import BenchmarkTiming
import Glibc
import Sandbox

let options = Options(CommandLine.arguments)
let sandbox = try Sandbox()
let jar = Jar(policy: try Policy.builtIn("strict"), arguments: ["/bin/true"])

var isAsExpected = true
switch options.mode {
case .soak(let launches): isAsExpected = try Soak(sandbox: sandbox).run(launches)
case .throughput: Throughput(sandbox: sandbox, jar: jar).run(rounds: options.rounds ?? 10)
case .spaced: SpacedLaunches(sandbox: sandbox, jar: jar).run(rounds: options.rounds ?? 60)
case .ballast: Ballast(sandbox: sandbox, jar: jar).run(rounds: options.rounds ?? 200)
case .overhead(let work): try Overhead(sandbox: sandbox, work: work).run(rounds: options.rounds ?? 20)
case .launches:
  var contenders = [Contender("posix_spawn") { spawn(["/bin/true"]) }]
  if let path = options.twin {
    let (plan, tasks) = try Sandbox.twinPlan(jar)
    if let twin = Twin(path, plan: plan, tasks: tasks) {
      contenders.append(Contender("plain C twin") { twin.launch() })
    }
  }
  contenders.append(Contender("library") { launch(sandbox, jar) })
  if let path = options.belljar {
    contenders.append(Contender("belljar run") { spawn([path, "run", "--", "/bin/true"]) })
  }
  contenders.append(Contender("bubblewrap") { spawn(bubblewrap) })
  // Network namespaces are taken down, and the launcher's next child is made, after a launch has returned: nobody's launch
  // shall pay for its neighbour's.
  interleave(&contenders, rounds: options.rounds ?? 300, warmup: 10, pause: 2000)
  show("/bin/true, interleaved; \(machine()); ms", contenders, reference: "bubblewrap", share: "of bwrap")
  print("bubblewrap: \(bubblewrap.joined(separator: " "))")
}
// What lives as long as the program isn't released at its end.
Sandbox.cleanUp()
exit(isAsExpected ? 0 : 1)
