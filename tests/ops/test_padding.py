"""Padding in every mode that has an operation; the refusal of the others."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values
from cases.padding import WIDTHS as MORE_WIDTHS
from hypothesis import given
from hypothesis import strategies as st

import graphnn as gn
from graphnn.ops.padding import COPYING, STATISTICS

A = numbers(3, 4)
WIDTHS = [
    1,
    (2, 1),
    [[1, 2], [0, 3]],
    np.array([[0, 0], [2, 2]]),
    ((1,), (2,)),
    0,
    *[width for width in MORE_WIDTHS if isinstance(width, dict)],
]
LINEAR = ["constant", *sorted(COPYING)]


@pytest.mark.parametrize("mode", LINEAR)
@pytest.mark.parametrize("width", WIDTHS, ids=str)
def test_values(mode, width):
    for dtype in (np.float64, np.float32, np.complex64, np.int16, np.bool_):
        check_values(lambda x: np.pad(x, width, mode), A.astype(dtype))
        check_values(lambda x: np.pad(x, pad_width=width, mode=mode), A.astype(dtype).T)
    check_function(lambda x: np.pad(x * x, width, mode), A[:2] + 1j * A[1:])


@given(
    mode=st.sampled_from(LINEAR),
    widths=st.tuples(*[st.tuples(*[st.integers(0, 9)] * 2)] * 2),
    shape=st.tuples(*[st.integers(1, 4)] * 2),
)
def test_wide_pads_are_linear(mode, widths, shape):
    array = numbers(*shape)
    x = gn.Input("x", value=array)
    y = np.pad(x, widths, mode)
    np.testing.assert_array_equal(y.output, np.pad(array, widths, mode))
    b = np.random.default_rng(3).normal(size=y.shape)
    y.graph.backward(y, b, wrt=x)
    np.testing.assert_allclose(np.sum(x.grad * array), np.sum(y.output * b), rtol=1e-9)


def test_constants():
    for values in (2, 2.5, (1, 2), ((1, 2), (3, 4)), np.array([[7], [8]])):
        check_values(lambda x, v=values: np.pad(x, 2, constant_values=v), A)
        check_values(
            lambda x, v=values: np.pad(x, (1, 0), "constant", constant_values=v),
            A.astype(int),
        )
        check_function(lambda x, v=values: np.pad(x * x, 1, constant_values=v), A)
    check_values(lambda x: np.pad(x, 3), np.array(2.0))


def test_reflect_type_even_is_the_default():
    for mode in ("reflect", "symmetric"):
        check_values(lambda x, m=mode: np.pad(x, 2, m, reflect_type="even"), A)
        check_function(lambda x, m=mode: np.pad(x, 2, m, reflect_type="even"), A)


@pytest.mark.parametrize("mode", STATISTICS)
@pytest.mark.parametrize("width", [1, ((2, 1), (0, 0)), ((1, 0), (3, 2))])
@pytest.mark.parametrize("length", [None, (1, 3), ((2, 1), (9, 2))])
def test_statistics(mode, width, length):
    def padded(x):
        if length is None:
            return np.pad(x, width, mode)
        return np.pad(x, width, mode=mode, stat_length=length)

    for array in (A, A.astype(np.float32), (10 * A).astype(int)):
        check_values(padded, array)
    check_function(lambda x: padded(x * x), A[:2])


def test_empty_axes():
    empty = np.zeros((0, 3))
    check_values(lambda x: np.pad(x, ((0, 0), (1, 1)), "edge"), empty)
    check_function(lambda x: np.pad(x, ((0, 0), (1, 1)), "edge"), empty)
    check_function(lambda x: np.pad(x, 1), empty)
    with pytest.raises(gn.ShapeError, match=r"empty axis 0.*\(0, 3\)"):
        np.pad(gn.Input("x", value=empty), 1, "wrap")


def test_other_batches_run_through():
    x = gn.Input("x", value=A)
    y = np.sum(np.pad(x, ((1, 2), (0, 1)), "reflect") ** 2)
    z = np.sum(np.pad(x, 1, "mean", stat_length=2))
    for rows in (2, 5):
        value = numbers(rows, 4, seed=rows)
        y.graph.forward(x=value, target=[y, z])
        expected = np.sum(np.pad(value, ((1, 2), (0, 1)), "reflect") ** 2)
        np.testing.assert_allclose(y.output, expected)
        expected = np.sum(np.pad(value, 1, "mean", stat_length=2))
        np.testing.assert_allclose(z.output, expected)
        y.graph.backward(y, wrt=x)
        assert x.grad.shape == (rows, 4)


def test_before_there_are_values():
    x = gn.Input("x")
    y = np.pad(x, 1, "edge")
    np.testing.assert_array_equal(y.graph.forward(x=[1.0, 2.0]), [1, 1, 2, 2])
    with pytest.raises(gn.UnsupportedError, match="no value yet"):
        np.pad(gn.Input("x"), 1, "maximum")


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (lambda x: np.pad(x, 1, "linear_ramp"), gn.UnsupportedError, "linear_ramp"),
        (lambda x: np.pad(x, 1, "empty"), gn.UnsupportedError, "(?s)'empty'.*'wrap'"),
        (lambda x: np.pad(x, 1, "nothing"), gn.UnsupportedError, "nothing"),
        (lambda x: np.pad(x, 1, np.max), gn.UnsupportedError, "concatenate"),
        (
            lambda x: np.pad(x, 1, "reflect", reflect_type="odd"),
            gn.UnsupportedError,
            "reflect_type='odd'",
        ),
        (
            lambda x: np.pad(x, 1, "edge", constant_values=2),
            gn.ShapeError,
            "unsupported keyword",
        ),
        (lambda x: np.pad(x, 1, wrong=2), gn.ShapeError, "wrong"),
        (lambda x: np.pad(x, 1, constant_values=x[0, 0]), TypeError, r"np\.pad"),
        (lambda x: np.pad(x, (x[0, 0], 1)), gn.UnsupportedError, "output"),
        (lambda x: np.pad(x, -1), gn.ShapeError, "negative"),
        (lambda x: np.pad(x, 1.5), TypeError, "integral"),
        (lambda x: np.pad(x, ((1, 1),) * 3), gn.ShapeError, r"\(3, 4\)"),
        (lambda x: np.pad(x, 1, "mean", stat_length=0), gn.ShapeError, "length of 0"),
    ],
)
def test_bad_use(attempt, error, text):
    x = gn.Input("x", value=A)
    with pytest.raises(error, match=text):
        attempt(x)
    np.testing.assert_array_equal(np.pad(x, 1).output, np.pad(A, 1))
