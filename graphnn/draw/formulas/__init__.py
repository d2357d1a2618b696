"""The formula of an operation, read from its hook: as a line, and as a subgraph."""
