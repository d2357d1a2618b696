"""What counts as the same, when a hook has run and settings are compared."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest

import graphnn as gn
from graphnn.testing.purity import close, same

NAN = float("nan")


class Plain:
    __slots__ = ()


def holder(value):
    return SimpleNamespace(value=value)


class Holder:
    def __init__(self, value):
        self.value = value


SETTINGS = [
    *[1, 2.5, NAN, complex(NAN, 1), "text", None, b"bytes", {1, 2}, Plain()],
    *[[1, [2.0, NAN]], (1, "a"), {"a": np.ones(3), "b": [np.zeros(2)]}],
    *[np.array([1.0, NAN]), np.array(["a", 1], dtype=object), np.longdouble([0.1])],
    *[np.array(["a", NAN], dtype=object), np.float32(NAN), np.complex64(NAN)],
    *[np.random.default_rng(3), holder([1, 2]), Holder({"deep": np.ones(2)})],
    *[np.sin, len, lambda x: x, gn.Parameter([1.0]), gn.Tanh(), np.float64(NAN)],
]


@pytest.mark.parametrize("value", SETTINGS, ids=lambda value: type(value).__name__)
def test_a_copy_is_the_same(value):
    assert same(value, copy.deepcopy(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, 1.0),
        ([1, 2], [1, 3]),
        ([1], [1, 2]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        (np.array([0.0]), np.array([-0.0])),
        (np.ones(2), np.ones((2, 1))),
        (np.ones(2), np.ones(2, np.float32)),
        (np.array(["a"], object), np.array(["b"], object)),
        (np.longdouble([0.1]), np.longdouble([0.2])),
        (holder(1), holder(2)),
        (Holder(np.ones(2)), Holder(np.zeros(2))),
        (None, 0),
        (NAN, 1.0),
    ],
)
def test_what_differs(one, other):
    assert not same(one, other)


def test_a_generator_that_was_used_differs():
    used = np.random.default_rng(3)
    used.random()
    assert not same(used, np.random.default_rng(3))


def test_close():
    assert close(np.array([1.0]), np.array([1.0 + 1e-15]))
    assert not close(np.array([1.0]), np.array([1.0001]))
    assert close(None, None)
    assert not close(None, np.array([1.0]))


@pytest.mark.parametrize("value", [NAN, np.inf, -np.inf])
def test_what_is_not_finite_is_close_to_its_like_alone(value):
    one = np.array([value, 1.0, 2.0])
    assert close(one, one + np.array([0.0, 1e-15, 0.0]))
    assert not close(one, np.array([1.0, 1.0, 2.0]))
    assert not close(one, np.array([value, 1.1, 2.0]))
    assert not close(one, np.array([1.0, value, 2.0]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
def test_any_nan_is_nan(dtype):
    one = np.array([NAN, 1.0, -0.0]).astype(dtype)
    other = np.copysign(one.real, [-1.0, 1.0, -1.0]).astype(dtype)
    assert one.tobytes() != other.tobytes()
    assert same(one, other)
    assert not same(one, np.array([1.0, NAN, -0.0]).astype(dtype))
    assert not same(one, np.array([NAN, 1.0, 0.0]).astype(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128, np.int64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_compared_to_the_bit(dtype, order):
    one = np.arange(6).reshape(2, 3).astype(dtype, order=order)
    other = one.copy(order="C")
    assert same(one, other)
    other[1, 2] += 1
    assert not same(one, other)
    assert not same(one, one.astype(np.complex64))
    if one.dtype.kind != "i":
        other[...] = one
        other[0, 0] = -0.0
        assert not same(one, other)
        other[0, 0] = one[0, 0] = np.nan
        assert same(one, other)
