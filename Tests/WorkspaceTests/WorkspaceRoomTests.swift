import Testing

@Suite("Workspace") struct WorkspaceRoomTests {}
