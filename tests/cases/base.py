"""What sample uses of operations are made of."""

from typing import NamedTuple

import numpy as np


class Case(NamedTuple):
    """One use of an operation: `make()` is the recipe, `inputs` its arguments.

    `free` is False where no other numbers of that size would do: probabilities that
    add up to 1, signs.
    """

    make: object
    inputs: tuple
    free: bool = True

    @property
    def operation(self):
        return type(self.make())

    def __str__(self):
        shapes = "_".join("x".join(map(str, np.shape(a))) or "0d" for a in self.inputs)
        return f"{self.operation.__name__}-{shapes}"


def joined(node):
    """Give a real node that all outputs of an operation reach: itself, if it is one."""
    if not isinstance(node.output, tuple) and node.dtype.kind != "c":
        return node
    parts = list(node) if isinstance(node.output, tuple) else [node]
    flat = [np.reshape(side, -1) for part in parts for side in sides(part)]
    return np.concatenate(flat)


def sides(node):
    """Give the real and the imaginary part of a complex node."""
    return [np.real(node), np.imag(node)] if node.dtype.kind == "c" else [node]


def numbers(*shape, seed=0, low=0.2, high=1.8, signs=True):
    """Draw numbers, all at least 1e-3 apart and from 0: no kink is near."""
    rng = np.random.default_rng([seed, *shape])
    size = int(np.prod(shape))
    values = low + (high - low) * (rng.permutation(size) + 0.5) / max(size, 1)
    values += 0.01 * (seed + 1)
    if signs:
        values *= rng.choice([-1.0, 1.0], size)
    return values.reshape(shape)


def positive(*shape, seed=0):
    return numbers(*shape, seed=seed, signs=False)


SHAPES = [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1, 3), (4, 1)), ((), (2, 3))]
MASK = numbers(2, 3, seed=5) > 0


def binary(cls, left=numbers, right=numbers):
    return [
        Case(cls, (left(*a, seed=1), right(*b, seed=2)))
        for a, b in [*SHAPES, *[(b, a) for a, b in SHAPES[1:]]]
    ]


def unary(cls, draw=numbers):
    return [Case(cls, (draw(2, 3),)), Case(cls, (draw(2, 1, 4),)), Case(cls, (draw(),))]
