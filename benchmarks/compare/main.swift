// Whether comparisons can be trusted: a program against itself (aa), and against itself with a known slowdown (power); and
// what a sandbox adds to the noise (noise).

import Comparison
import Glibc
import Sandbox

let options = Options(CommandLine.arguments)
print("\(CommandLine.arguments.joined(separator: " "))\n\(machine())\n")
let bench = try Bench(work: options.work)
switch options.mode {
case .aa: try AATrial(bench: bench).run(count: options.count ?? 1000)
case .power: try PowerTrial(bench: bench).run(count: options.count ?? 100)
case .noise: try NoiseTrial(bench: bench).run(rounds: options.count ?? 20)
}
