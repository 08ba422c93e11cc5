import Testing

/// All of this target, one test after the other: some take all that they are given, and most have a time to keep.
@Suite("Hostile", .serialized) struct Hostile {}
