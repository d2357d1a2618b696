"""Stepping through a network: forwards and back in time, with breakpoints."""
