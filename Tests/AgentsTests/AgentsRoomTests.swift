import Testing

@Suite("Agents") struct AgentsRoomTests {}
