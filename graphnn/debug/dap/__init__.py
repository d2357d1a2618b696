"""For the debuggers of editors, which speak the debug adapter protocol."""
