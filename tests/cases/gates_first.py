"""Sample uses of what recurrences compute in a layout of their own."""

from cases.base import Case, numbers

from graphnn.ops import gates_first

CASES = [
    Case(gates_first.MatrixProduct, (numbers(2, 3), numbers(3, 4, seed=1))),
    Case(gates_first.MatrixProduct, (numbers(1, 1), numbers(1, 5, seed=1))),
    Case(gates_first.GateSigmoid, (numbers(2, 3),)),
]
