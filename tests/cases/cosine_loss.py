"""Sample uses of the loss of angles."""

from cases.base import Case, numbers

from graphnn.ops.cosine_loss import CosineLoss

CASES = [
    Case(CosineLoss, (numbers(4, 3), numbers(4, 3, seed=1)), free=False),
    Case(
        lambda: CosineLoss(reduction="rows"),
        (numbers(2, 3, 4), numbers(2, 3, 4, seed=1)),
        free=False,  # an angle with itself is none
    ),
]
