"""Hypothesis profiles: HYPOTHESIS_PROFILE, else `ci` where CI is set, else `dev`."""

import os

from hypothesis import settings

# Peers of the benchmark are no tests: they import what need not be installed.
collect_ignore = ["benchmarks/side_by_side/peers"]

settings.register_profile("dev", max_examples=25, deadline=None)
# The same examples in every run: CI fails for a change, never for a throw of the dice.
settings.register_profile("ci", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("intense", max_examples=1000, deadline=None)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev")
)
