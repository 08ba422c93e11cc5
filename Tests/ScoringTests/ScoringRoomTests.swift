import Testing

@Suite("Scoring") struct ScoringRoomTests {}
