"""The only room with effects: processes, files, the engine, the network."""
