"""Sample uses of what stops a gradient."""

from cases.base import Case, numbers

from graphnn.ops.stop_gradient import StopGradient

CASES = [Case(StopGradient, (numbers(2, 3),))]
