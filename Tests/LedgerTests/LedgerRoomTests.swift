import Testing

@Suite("Ledger") struct LedgerRoomTests {}
