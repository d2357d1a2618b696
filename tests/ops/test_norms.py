"""Norms: every order, axes, zeros, ties."""

import numpy as np
import pytest
from cases.checks import check_function, check_values

import graphnn as gn

NORM = np.linalg.norm
VECTOR_ORDERS = [None, 2, 1, 3, 2.5, 0.5, -1, -2, np.inf, -np.inf, np.float64(3), 0]
MATRIX_ORDERS = [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]
DTYPES = [np.float32, np.float64, np.complex64, np.complex128]


def draw(*shape, dtype=float):
    rng = np.random.default_rng([3, *shape])
    array = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        array = array + 1j * rng.normal(size=shape)
    return array.astype(dtype)


VECTOR = {
    "one": (lambda x, order: NORM(x, order), (5,)),
    "axis": (lambda x, order: NORM(x, order, 1), (2, 3, 2)),
    "axis_tuple": (lambda x, order: NORM(x, order, axis=(0,)), (2, 3)),
    "keepdims": (lambda x, order: NORM(x, order, axis=-1, keepdims=True), (2, 3)),
    "vector_norm": (
        lambda x, order: np.linalg.vector_norm(x, ord=order or 2),
        (2, 3),
    ),
    "vector_norm_axis": (
        lambda x, order: np.linalg.vector_norm(x, axis=1, ord=order or 2),
        (2, 3),
    ),
    "vector_norm_axes": (
        lambda x, order: np.linalg.vector_norm(x, axis=(2, 0), ord=order or 2),
        (2, 3, 4),
    ),
    "vector_norm_keepdims": (
        lambda x, order: np.linalg.vector_norm(
            x, axis=(0, -1), keepdims=True, ord=order or 2
        ),
        (2, 3, 4),
    ),
}
MATRIX = {
    "one": (lambda x, order: NORM(x, order), (2, 3)),
    "one_keepdims": (lambda x, order: NORM(x, order, keepdims=True), (3, 2)),
    "axes": (lambda x, order: NORM(x, order, axis=(2, 0)), (2, 3, 4)),
    "axes_keepdims": (
        lambda x, order: NORM(x, order, (-3, -1), keepdims=True),
        (4, 3, 2),
    ),
    "matrix_norm": (
        lambda x, order: np.linalg.matrix_norm(x, keepdims=True, ord=order or "fro"),
        (2, 3, 2),
    ),
}
FLAT = {
    "all": NORM,
    "all_keepdims": lambda x: NORM(x, keepdims=True),
    "axes": lambda x: NORM(x, axis=(0, 2)),
}


@pytest.mark.parametrize("name", VECTOR)
@pytest.mark.parametrize("order", VECTOR_ORDERS)
def test_vectors(name, order):
    function, shape = VECTOR[name]
    for dtype in DTYPES:
        check_values(lambda x: function(x, order), draw(*shape, dtype=dtype))
    if order != 0:
        for dtype in (float, complex):
            check_function(lambda x: function(x, order), draw(*shape, dtype=dtype))


@pytest.mark.parametrize("name", MATRIX)
@pytest.mark.parametrize("order", MATRIX_ORDERS)
def test_matrices(name, order):
    function, shape = MATRIX[name]
    for dtype in DTYPES:
        check_values(lambda x: function(x, order), draw(*shape, dtype=dtype))
    for dtype in (float, complex):
        check_function(
            lambda x: function(x, order),
            draw(*shape, dtype=dtype),
            rtol=5e-6,
            atol=5e-8,
        )


@pytest.mark.parametrize("name", FLAT)
def test_all_elements(name):
    for dtype in DTYPES:
        check_values(FLAT[name], draw(2, 3, 2, dtype=dtype))
    for dtype in (float, complex):
        check_function(FLAT[name], draw(2, 3, 2, dtype=dtype))


def grad_of(function, array):
    x = gn.Input("x", value=array)
    y = function(x)
    y.graph.backward(y, np.ones(y.shape), wrt=x)
    return x.grad


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("order", [None, 2, 1, 3, 0.5, np.inf, -np.inf])
def test_the_zero_vector_has_gradient_0(order, dtype):
    with np.errstate(all="raise"):
        found = grad_of(lambda x: NORM(x, order, axis=-1), np.zeros((2, 3), dtype))
    np.testing.assert_array_equal(found, np.zeros((2, 3)))


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("order", MATRIX_ORDERS)
def test_the_zero_matrix_has_gradient_0(order, dtype):
    with np.errstate(all="raise"):
        found = grad_of(lambda x: NORM(x, order), np.zeros((2, 3), dtype))
    np.testing.assert_array_equal(found, np.zeros((2, 3)))


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.3.0",
    reason="an earlier NumPy finds no largest of no elements",
)
@pytest.mark.parametrize("order", [None, 1, 2, 3, np.inf])
def test_no_elements(order):
    for shape in ((0,), (2, 0)):
        check_values(lambda x: NORM(x, order, axis=-1), np.zeros(shape))
        check_function(lambda x: NORM(x, order, axis=-1), np.zeros(shape))
    if order != 3:
        check_values(lambda x: NORM(x, order, axis=(0, 1)), np.zeros((2, 0)))
        check_function(lambda x: NORM(x, order, axis=(0, 1)), np.zeros((2, 0)))


def test_one_zero_row_does_not_spoil_the_others():
    rows = np.array([[0.0, 0.0], [3.0, 4.0]])
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(
            grad_of(lambda x: NORM(x, axis=1), rows), [[0.0, 0.0], [0.6, 0.8]]
        )
        np.testing.assert_allclose(
            grad_of(lambda x: NORM(x, 3, axis=1), np.array([[0.0, -2.0], [0.0, 0.0]])),
            [[0.0, -1.0], [0.0, 0.0]],
        )
        np.testing.assert_array_equal(
            grad_of(lambda x: NORM(x, 0.5), np.array([0.0, 2.0])), [0.0, 1.0]
        )


def test_an_element_0_of_a_negative_order():
    with np.errstate(divide="ignore"):
        found = grad_of(lambda x: NORM(x, -1), np.array([0.0, 2.0]))
    np.testing.assert_array_equal(found, [0.0, 0.0])


def test_ties_share_the_gradient():
    tied = np.array([-2.0, 1.0, 2.0])
    np.testing.assert_array_equal(
        grad_of(lambda x: NORM(x, np.inf), tied), [-0.5, 0, 0.5]
    )
    np.testing.assert_array_equal(
        grad_of(lambda x: NORM(x, 1), np.array([[1.0, -2.0], [3.0, 2.0]])),
        [[0.5, -0.5], [0.5, 0.5]],
    )
    np.testing.assert_allclose(
        grad_of(lambda x: NORM(x, 2), np.eye(2)), np.eye(2) / 2, atol=1e-15
    )
    np.testing.assert_allclose(
        grad_of(lambda x: NORM(x, "nuc"), np.eye(2)), np.eye(2), atol=1e-15
    )


def test_the_count_of_elements_has_no_gradient():
    x = gn.Input("x", value=draw(3))
    y = NORM(x, 0)
    y.graph.backward(y, wrt=x)
    assert x.grad is None
    assert y.output == 3.0


def test_what_does_not_fit():
    x = gn.Input("x", value=draw(2, 3))
    for attempt, error, message in (
        (lambda: NORM(x, "abc"), ValueError, "Invalid norm order for matrices"),
        (lambda: NORM(x[0], "nuc"), ValueError, "Invalid norm order"),
        (lambda: NORM(x, axis=5), np.exceptions.AxisError, "out of bounds"),
        (lambda: NORM(x, axis=(0, 0)), ValueError, "Duplicate axes"),
        (lambda: NORM(x[None], 1), ValueError, "Improper number of dimensions"),
        (lambda: NORM(x, axis=[0, 1]), TypeError, "axis"),
        (lambda: NORM(gn.Input("y"), 1), gn.UnsupportedError, "has no value yet"),
    ):
        with pytest.raises(error, match=message):
            attempt()
    assert NORM(x).output == NORM(x.value)


def test_inputs_that_are_fed_later():
    x = gn.Input("x")
    y = NORM(x) + np.sum(NORM(x, 3, axis=0))
    found = y.graph.forward({x: draw(2, 3)}, target=y)
    assert found == NORM(draw(2, 3)) + np.sum(NORM(draw(2, 3), 3, axis=0))
