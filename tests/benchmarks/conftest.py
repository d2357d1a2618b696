"""Peers are no tests: they import libraries that need not be installed."""

collect_ignore = ["side_by_side/peers"]
