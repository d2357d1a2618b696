"""Sample uses of every operation of `graphnn.ops`, for tests that go over them all."""

from typing import NamedTuple

import numpy as np

import graphnn as gn
from graphnn.ops import (
    activations,
    elementary,
    elementwise,
    indexing,
    linear,
    losses,
    reductions,
    shaping,
)

ABSTRACT = {
    elementary.Elementary,
    elementary.Elementwise,
    elementary.Unary,
    elementary.Binary,
    elementary.WithoutGradient,
    reductions.Reduction,
    reductions.Extreme,
    shaping.Shaping,
    losses.Loss,
}


class Case(NamedTuple):
    """One use of an operation: `make()` is the recipe, `inputs` its arguments."""

    make: object
    inputs: tuple
    eps: float = 1e-6

    @property
    def operation(self):
        return type(self.make())

    def __str__(self):
        shapes = "_".join("x".join(map(str, np.shape(a))) or "0d" for a in self.inputs)
        return f"{self.operation.__name__}-{shapes}"


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


def all_subclasses(base):
    """List the subclasses of a class, at any depth, that live in graphnn.ops."""
    found = []
    for cls in base.__subclasses__():
        if cls.__module__.startswith("graphnn.ops"):
            found.append(cls)
        found += all_subclasses(cls)
    return sorted(set(found), key=lambda cls: cls.__qualname__)


SHAPES = [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1, 3), (4, 1)), ((), (2, 3))]
MASK = numbers(2, 3, seed=5) > 0
EIGHTHS = np.arange(-4.0, 2.0).reshape(2, 3) / 8


def binary(cls, left=numbers, right=numbers):
    return [
        Case(cls, (left(*a, seed=1), right(*b, seed=2)))
        for a, b in [*SHAPES, *[(b, a) for a, b in SHAPES[1:]]]
    ]


def unary(cls, draw=numbers):
    return [Case(cls, (draw(2, 3),)), Case(cls, (draw(2, 1, 4),)), Case(cls, (draw(),))]


def reduction(cls):
    settings = [
        {},
        {"axis": 0},
        {"axis": -1, "keepdims": True},
        {"axis": (0, 2)},
        {"axis": (2, -3), "keepdims": True},
    ]
    return [
        Case(lambda kw=kw: cls(**kw), (numbers(2, 3, 4, seed=i),))
        for i, kw in enumerate(settings)
    ]


MATMUL = [
    ((2, 3), (3, 4)),
    ((3,), (3, 4)),
    ((2, 3), (3,)),
    ((3,), (3,)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
]
INDICES = [
    1,
    -1,
    (slice(1, None), slice(None, None, 2)),
    (Ellipsis, None, 0),
    [0, 1, 0],
    (slice(None), np.array([2, 2, 0])),
    (np.array([0, 1]), np.array([2, 0])),
    MASK,
    np.array([[0, 1], [1, 1]]),
    np.int64(1),
]
PROBABILITIES = positive(4, 3, seed=7) / 3

CASES = [
    *unary(activations.Sigmoid),
    *unary(activations.Linear),
    *unary(activations.Tanh),
    *unary(activations.ReLU),
    *binary(elementwise.Add),
    *binary(elementwise.Subtract),
    *binary(elementwise.Multiply),
    *binary(elementwise.Divide),
    *binary(elementwise.Power, left=positive),
    Case(elementwise.Power, (numbers(2, 3), np.array(3))),
    Case(elementwise.Power, (numbers(2, 3), np.array([2, 0, -1]))),
    *binary(elementwise.Maximum),
    *binary(elementwise.Minimum),
    *unary(elementwise.Negative),
    *unary(elementwise.Positive),
    *unary(elementwise.Absolute),
    *unary(elementwise.Exp),
    *unary(elementwise.Log, positive),
    *unary(elementwise.Sqrt, positive),
    *unary(elementwise.Square),
    *unary(elementwise.Sign),
    *[
        Case(getattr(elementwise, name), (numbers(2, 3), numbers(3, seed=1)))
        for name in [
            "Equal",
            "NotEqual",
            "Less",
            "LessEqual",
            "Greater",
            "GreaterEqual",
        ]
    ],
    Case(elementwise.BitwiseAnd, (MASK, ~MASK[:1])),
    Case(elementwise.BitwiseOr, (MASK, ~MASK[:1])),
    Case(elementwise.Invert, (MASK,)),
    Case(elementwise.Where, (MASK, numbers(2, 3), numbers(2, 3, seed=1))),
    Case(elementwise.Where, (MASK[:, :1], numbers(3), numbers(2, 1, seed=1))),
    Case(elementwise.Where, (MASK[0], numbers(4, 1, 3), numbers(seed=1))),
    Case(lambda: elementwise.AsType(np.float64), (numbers(2, 3),)),
    Case(lambda: elementwise.AsType(np.float32), (EIGHTHS,), 2.0**-8),
    *[
        Case(lambda index=index: indexing.GetItem(index), (numbers(2, 3),))
        for index in INDICES
    ],
    Case(lambda: indexing.Scatter((slice(None), 1), (2, 3)), (numbers(2),)),
    Case(lambda: indexing.Scatter(np.array([1, 1, 0]), (2, 4)), (numbers(3, 4),)),
    *[Case(linear.Matmul, (numbers(*a), numbers(*b, seed=1))) for a, b in MATMUL],
    Case(lambda: gn.WeightMultiply(numbers(3, 4, seed=1)), (numbers(2, 3),)),
    Case(lambda: gn.WeightMultiply(numbers(3, 2, seed=1)), (numbers(5, 2, 3),)),
    Case(lambda: gn.BiasAdd(numbers(1, 3, seed=1)), (numbers(2, 3),)),
    Case(lambda: gn.BiasAdd(numbers(3, seed=1)), (numbers(4, 2, 3),)),
    Case(gn.MeanSquaredError, (numbers(4, 3), numbers(4, 3, seed=1))),
    Case(gn.MeanSquaredError, (numbers(5, 1), numbers(5, 1, seed=1))),
    Case(gn.SoftmaxCrossEntropy, (numbers(4, 3), np.array([2, 0, 1, 2]))),
    Case(gn.SoftmaxCrossEntropy, (numbers(4, 3), np.array([[2], [0], [1], [2]]))),
    Case(gn.SoftmaxCrossEntropy, (numbers(4, 3), PROBABILITIES)),
    *reduction(reductions.Sum),
    *reduction(reductions.Mean),
    *reduction(reductions.Max),
    *reduction(reductions.Min),
    Case(lambda: shaping.Reshape((3, -1)), (numbers(2, 6),)),
    Case(lambda: shaping.Reshape(-1), (numbers(2, 3),)),
    Case(shaping.Transpose, (numbers(2, 3, 4),)),
    Case(lambda: shaping.Transpose((2, 0, 1)), (numbers(2, 3, 4),)),
    Case(lambda: shaping.Transpose((-1, 0, 1)), (numbers(2, 3, 4),)),
    Case(lambda: shaping.BroadcastTo((4, 2, 3)), (numbers(2, 1),)),
    Case(lambda: shaping.BroadcastTo((2, 3)), (numbers(),)),
    Case(shaping.Concatenate, (numbers(2, 3), numbers(4, 3, seed=1))),
    Case(
        lambda: shaping.Concatenate(-1),
        (numbers(2, 3), numbers(2, 1, seed=1), numbers(2, 2, seed=2)),
    ),
    Case(lambda: shaping.Concatenate(None), (numbers(2, 3), numbers(4, seed=1))),
    Case(shaping.Stack, (numbers(2, 3), numbers(2, 3, seed=1))),
    Case(lambda: shaping.Stack(-1), (numbers(2, 3), numbers(2, 3, seed=1))),
]
