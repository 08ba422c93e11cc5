import Testing

@Suite("Sandbox") struct SandboxRoomTests {}
