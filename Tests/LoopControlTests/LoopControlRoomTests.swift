import Testing

@Suite("LoopControl") struct LoopControlRoomTests {}
