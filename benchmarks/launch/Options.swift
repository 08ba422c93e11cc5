import Glibc

/// The command line.
struct Options {
  enum Mode {
    case launches
    case soak(Int)
    case throughput
    case spaced
    case ballast
    /// With the program of `benchmarks/overhead`.
    case overhead(String)
  }
  var mode = Mode.launches
  var belljar: String?
  var twin: String?
  var rounds: Int?

  static let usage = """
    usage: launch-benchmark [-n ROUNDS] [--belljar PATH] [--twin PATH]
           launch-benchmark [-n ROUNDS] --throughput | --spaced | --ballast | --overhead WORK
           launch-benchmark --soak LAUNCHES
    """

  init(_ arguments: [String]) {
    var rest = arguments.dropFirst()
    while let flag = rest.popFirst() {
      switch flag {
      case "--belljar": belljar = rest.popFirst()
      case "--twin": twin = rest.popFirst()
      case "--soak": mode = .soak(rest.popFirst().flatMap { Int($0) } ?? 10_000)
      case "--throughput": mode = .throughput
      case "--spaced": mode = .spaced
      case "--ballast": mode = .ballast
      case "--overhead": mode = .overhead(rest.popFirst() ?? "work")
      case "-n": rounds = rest.popFirst().flatMap { Int($0) }
      default:
        print(Self.usage)
        exit(64)
      }
    }
  }
}
