// What an evaluation adds to the launch that it makes, and how long a large test report takes to read.
//
//     evaluation-benchmark [ROUNDS]

import Glibc

let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 300
let isWithinBars = try [Evaluations().run(rounds: rounds), LargeReport().run(rounds: min(rounds, 100))]
exit(isWithinBars.contains(false) ? 1 : 0)
