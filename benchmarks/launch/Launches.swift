import BenchmarkTiming
import Sandbox

let bubblewrap = [
  "bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--die-with-parent", "/bin/true",
]

/// One launch through the library, in milliseconds; not a number where it failed.
func launch(_ sandbox: Sandbox, _ jar: Jar) -> Double {
  let begun = now()
  let isGood = (try? sandbox.run(jar).outcome.succeeded) ?? false
  return isGood ? now() - begun : .nan
}
