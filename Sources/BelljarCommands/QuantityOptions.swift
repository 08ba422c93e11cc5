internal import ArgumentParser
internal import Sandbox
internal import StrictYAML

/// A time on the command line: `90s`, `15min`, `15m`.
struct TimeOption: ExpressibleByArgument {
  let seconds: Double

  init(seconds: Double) { self.seconds = seconds }

  init?(argument: String) {
    // Only here, where nobody can mean metres.
    let text = argument.hasSuffix("m") ? argument + "in" : argument
    guard let duration = Units.duration(text) else { return nil }
    seconds = duration.seconds
  }

  var defaultValueDescription: String { seconds >= 60 ? "\(Int(seconds / 60))min" : "\(Int(seconds))s" }
}

/// A number of bytes on the command line: `4GB`, `512 MiB`.
struct SizeOption: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    guard let bytes = Units.byteCount(argument), bytes > 0 else { return nil }
    self.bytes = bytes
  }
}

/// A share on the command line: `1%`, `0.5 %`, `0%`.
struct ShareOption: ExpressibleByArgument {
  let fraction: Double

  init(fraction: Double) { self.fraction = fraction }

  init?(argument: String) {
    guard let fraction = Units.fraction(argument), fraction <= 0.5 else { return nil }
    self.fraction = fraction
  }

  var defaultValueDescription: String { "\(Int(fraction * 100))%" }
}
