import Testing

@Suite("StrictYAML") struct StrictYAMLRoomTests {}
