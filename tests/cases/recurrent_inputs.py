"""Sample uses of what recurrences are given."""

from functools import partial

from cases.base import Case, numbers

from graphnn.ops.recurrent_inputs import InitialState, TimeSteps

CASES = [
    Case(partial(InitialState, 4), (numbers(2, 3, 5),)),
    Case(partial(TimeSteps, 3), (numbers(2, 3, 5),)),
]
