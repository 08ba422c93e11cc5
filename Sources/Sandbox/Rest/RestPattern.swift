/// How long sandboxes rest while another process measures.
package struct RestPattern: Sendable {
  /// Time at a stretch. Shorter than what agents, APIs and gateways wait for an answer.
  package var stretch: Duration
  /// Then they work for this long, in which an agent takes up what came over its connections. Shorter than a measurement waits for
  /// others to rest.
  package var pause: Duration
  /// After so long a measurement is waited for no more: it may be stopped, or hang.
  package var longest: Duration

  package init(
    stretch: Duration = .seconds(20), pause: Duration = .milliseconds(100), longest: Duration = .seconds(900)
  ) {
    self.stretch = stretch
    self.pause = pause
    self.longest = longest
  }

  /// Whether it is time to rest, so long after a measurement was first seen.
  package func rests(after time: Duration) -> Bool {
    time < longest && time.nanoseconds % max(1, (stretch + pause).nanoseconds) < stretch.nanoseconds
  }
}
