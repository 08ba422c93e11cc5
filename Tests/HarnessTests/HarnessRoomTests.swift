import Testing

@Suite("Harness") struct HarnessRoomTests {}
