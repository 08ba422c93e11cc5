// The room is laid; its first file comes with the next commits.
