"""Sample uses of choosing elementwise."""

import numpy as np
from cases.base import MASK, Case, binary, numbers, unary

from graphnn.ops import choices

ABSTRACT = {choices.Extreme}
LOW, HIGH = np.array(-0.5), np.array([0.4, 0.9, 0.7])

CASES = [
    *binary(choices.Maximum),
    *binary(choices.Minimum),
    *binary(choices.Fmax),
    *binary(choices.Fmin),
    Case(lambda: choices.Clip(True, True), (numbers(2, 3), LOW, HIGH)),
    Case(lambda: choices.Clip(True, True), (numbers(3), numbers(2, 1, seed=1), HIGH)),
    Case(lambda: choices.Clip(True, False), (numbers(2, 3), HIGH)),
    Case(lambda: choices.Clip(False, True), (numbers(), HIGH)),
    *binary(choices.Heaviside),
    *unary(choices.NanToNum),
    Case(choices.Where, (MASK, numbers(2, 3), numbers(2, 3, seed=1))),
    Case(choices.Where, (MASK[:, :1], numbers(3), numbers(2, 1, seed=1))),
    Case(choices.Where, (MASK[0], numbers(4, 1, 3), numbers(seed=1))),
]
