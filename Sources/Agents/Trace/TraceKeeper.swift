/// Keeps a trace within bounds: its beginning, and its end, which says most about why it ended.
struct TraceKeeper {
  private let limits: TraceLimits
  private var head: [TraceEvent] = []
  private var headBytes = 0
  private var isHeadFull = false
  /// From `dropped` on; what stands before it waits to be removed in one go.
  private var tail: [TraceEvent] = []
  private var dropped = 0
  private var tailBytes = 0
  private(set) var leftOut = 0
  private(set) var leftOutBytes = 0

  init(_ limits: TraceLimits) { self.limits = limits }

  /// - Returns: The event as it is kept.
  mutating func add(_ event: TraceEvent) -> TraceEvent {
    let kept = cut(event)
    let bytes = Self.size(kept)
    if !isHeadFull, head.count < limits.events / 2, headBytes + bytes <= limits.bytes / 2 {
      head.append(kept)
      headBytes += bytes
      return kept
    }
    isHeadFull = true
    tail.append(kept)
    tailBytes += bytes
    while tail.count - dropped > 1, tail.count - dropped > limits.events / 2 || tailBytes > limits.bytes / 2 {
      let gone = Self.size(tail[dropped])
      (tailBytes, leftOutBytes) = (tailBytes - gone, leftOutBytes + gone)
      (dropped, leftOut) = (dropped + 1, leftOut + 1)
    }
    if dropped > limits.events {
      tail.removeFirst(dropped)
      dropped = 0
    }
    return kept
  }

  /// With a mark where something was left out.
  var events: [TraceEvent] {
    let end = tail[dropped...]
    guard leftOut > 0 else { return head + end }
    let mark = TraceEvent(
      .error, seconds: end.first?.seconds ?? 0, text: "[\(leftOut) events of \(leftOutBytes) bytes are left out here]")
    return head + [mark] + end
  }

  private func cut(_ event: TraceEvent) -> TraceEvent {
    var event = event
    event.text = cut(event.text, limits.text)
    event.name = event.name.map { cut($0, 200) }
    event.id = event.id.map { cut($0, 200) }
    return event
  }

  private func cut(_ text: String, _ most: Int) -> String {
    let length = text.utf8.count
    guard length > most else { return text }
    let start = String(decoding: text.utf8.prefix(most * 3 / 4), as: UTF8.self)
    let end = String(decoding: text.utf8.suffix(most / 4), as: UTF8.self)
    return start + "\n[\(length - most) bytes are left out here]\n" + end
  }

  /// Roughly what it takes in memory.
  private static func size(_ event: TraceEvent) -> Int {
    event.text.utf8.count + (event.name?.utf8.count ?? 0) + (event.id?.utf8.count ?? 0) + 64
  }
}

extension TraceEvent {
  /// The beginning and the end of events that may be too many for one trace.
  package static func bounded(_ events: [TraceEvent]) -> [TraceEvent] {
    var keeper = TraceKeeper(TraceLimits())
    for event in events { _ = keeper.add(event) }
    return keeper.events
  }
}
