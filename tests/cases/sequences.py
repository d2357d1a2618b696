"""Sample uses of evenly spaced numbers and of powers."""

from cases.base import Case, numbers

from graphnn.ops import sequences

CASES = [
    Case(lambda: sequences.Linspace(5), (numbers(), numbers(seed=1))),
    Case(lambda: sequences.Linspace(4, False), (numbers(2, 1), numbers(3, seed=1))),
    Case(lambda: sequences.Linspace(3, axis=-1), (numbers(2), numbers(2, seed=1))),
    Case(lambda: sequences.Linspace(1), (numbers(2), numbers(2, seed=1))),
    Case(sequences.Vander, (numbers(3),)),
    Case(lambda: sequences.Vander(5, True), (numbers(3),)),
    Case(lambda: sequences.Vander(1), (numbers(3),)),
    Case(lambda: sequences.Vander(0), (numbers(3),)),
]
